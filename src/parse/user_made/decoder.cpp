// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/decoder.h"

#include <algorithm>

#include "parse/clean_text.h"
#include "parse/line_time.h"
#include "parse/registry.h"
#include "parse/url_parts.h"
#include "parse/user_made/limits.h"
#include "parse/user_made/taker.h"

namespace vedette::parse::user_made {

namespace {

using event::ValueKind;

class MadeDecoder final : public Decoder {
  public:
    MadeDecoder(std::shared_ptr<const Program> program, event::FieldDictionary& fields)
        : program_(std::move(program)),
          times_(program_->times),
          work_(*program_, fields),
          url_(fields) {
        for (const StageProgram& stage : program_->stages) takers_.push_back(make_taker(stage));
        for (const Emit& emit : program_->emits) {
            emit_fields_.push_back(fields.intern(emit.field).value_or(event::kNoField));
        }
    }

    void begin_chunk(const event::Chunk& chunk) override {
        for (const auto& taker : takers_) taker->begin_chunk(chunk);
        hints_ = time_hints(chunk.envelope);
    }

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        work_.begin(sink);
        if (!takers_[0]->take(clean.text, envelope, work_)) {
            sink.drop_row();
            add_message_row(record, sink);
            return;
        }
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        row.dataset = sink.batch().dataset_index(program_->definition.dataset);
        for (std::size_t i = 1; i < takers_.size(); ++i) {
            Value& source = work_.value(program_->stages[i].of);
            // What cannot be taken apart stays a value like any other.
            if (source.is_there && takers_[i]->take(source.text(), envelope, work_)) {
                source.is_there = false;
            }
        }
        for (const Op& op : program_->ops) run(op);
        emit(sink.batch());
    }

  private:
    void run(const Op& op) {
        switch (op.code) {
            case Op::Code::convert: each(op, &MadeDecoder::convert_one); break;
            case Op::Code::lookup: each(op, &MadeDecoder::look_up_one); break;
            case Op::Code::split: split(op); break;
            case Op::Code::split_list: each(op, &MadeDecoder::split_list_one); break;
            case Op::Code::url: {
                const Value& source = work_.value(op.source);
                if (source.is_there) url_.add(source.text(), false, work_.batch());
                break;
            }
            case Op::Code::time: read_time(op); break;
        }
    }

    /// Every value of a list goes the same way.
    void each(const Op& op, void (MadeDecoder::*one)(const Op&, const Value&)) {
        const Value first = work_.value(op.source);
        if (!first.is_there) return;
        (this->*one)(op, first);
        if (work_.more().empty()) return;
        const std::size_t count = work_.more().size();
        for (std::size_t i = 0; i < count; ++i) {
            const auto [index, value] = work_.more()[i];
            if (index == op.source) (this->*one)(op, value);
        }
    }

    void convert_one(const Op& op, const Value& source) {
        Value value = source;
        const bool is_good = convert(op.conversion, value, work_.room());
        const ValueIndex target = !is_good && op.otherwise != kNoValue ? op.otherwise : op.target;
        work_.put(target, value.text(), value.kind);
    }

    void look_up_one(const Op& op, const Value& source) {
        const LookupParameter& parameter = program_->lookups[op.parameter];
        if (const auto found = parameter.table->find(source.text())) {
            work_.put(op.target, *found);
        } else if (parameter.has_fallback) {
            work_.put(op.target, parameter.fallback);
        } else if (parameter.is_in_place) {
            work_.put(op.target, source.text(), source.kind);
        }
    }

    void split(const Op& op) {
        const Value& source = work_.value(op.source);
        if (!source.is_there) return;
        const SplitParameter& parameter = program_->splits[op.parameter];
        std::string_view rest = source.text();
        for (std::size_t i = 0; i < parameter.into.size(); ++i) {
            const bool is_last = i + 1 == parameter.into.size();
            const std::size_t end = is_last ? rest.npos : rest.find(parameter.separator);
            const std::string_view part = rest.substr(0, end);
            if (!part.empty()) work_.put(parameter.into[i], part);
            if (end == rest.npos) return;
            rest.remove_prefix(end + parameter.separator.size());
        }
    }

    void split_list_one(const Op& op, const Value& source) {
        const SplitParameter& parameter = program_->splits[op.parameter];
        std::string_view rest = source.text();
        for (std::size_t i = 0;; ++i) {
            const std::size_t end = i == kPiecesMax ? rest.npos : rest.find(parameter.separator);
            const std::string_view part = rest.substr(0, end);
            if (!part.empty()) work_.put(op.target, part);
            if (end == rest.npos) return;
            rest.remove_prefix(end + parameter.separator.size());
        }
    }

    void read_time(const Op& op) {
        TimeParameter& parameter = times_[op.parameter];
        std::string_view text = work_.value(parameter.of[0]).text();
        for (const ValueIndex part : parameter.of) {
            if (!work_.value(part).is_there) return;
        }
        if (parameter.of.size() > 1) {
            joined_.clear();
            for (const ValueIndex part : parameter.of) {
                if (!joined_.empty()) joined_ += ' ';
                joined_ += work_.value(part).text();
            }
            text = joined_;
        }
        for (TimeForm& form : parameter.forms) {
            const auto time = form.parse(text, parameter.zone.get(), hints_);
            if (!time) continue;
            set_time(work_.batch().rows().back(), *time);
            return;
        }
    }

    void emit(event::Batch& batch) {
        for (std::size_t i = 0; i < program_->emits.size(); ++i) {
            const Emit& emit = program_->emits[i];
            if (emit.value == kNoValue) {
                add(batch, i, emit.constant, ValueKind::text);
                continue;
            }
            const Value& value = work_.value(emit.value);
            if (!value.is_there) continue;
            add(batch, i, value.text(), value.kind);
            if (work_.more().empty()) continue;
            for (const auto& [index, more] : work_.more()) {
                if (index == emit.value) add(batch, i, more.text(), more.kind);
            }
        }
    }

    void add(event::Batch& batch, std::size_t emit, std::string_view text, ValueKind kind) {
        if (emit_fields_[emit] != event::kNoField) [[likely]] {
            batch.add(emit_fields_[emit], text, kind);
            return;
        }
        batch.add_overflow(program_->emits[emit].field, text, kind);
        batch.rows().back().flags |= event::kRowOverflow;
    }

    const std::shared_ptr<const Program> program_;
    std::vector<TimeParameter> times_;  // with the memory of their last minutes
    std::vector<std::unique_ptr<Taker>> takers_;
    std::vector<event::FieldId> emit_fields_;
    RowWork work_;
    UrlFields url_;
    TimeHints hints_{};
    std::string scratch_, joined_;
};

/// Records whose definition is not there: their text, and the inbox tells.
class MissingDecoder final : public Decoder {
  public:
    void decode(std::string_view record, const event::Envelope&, RowSink& sink) override {
        add_message_row(record, sink);
    }
};

}  // namespace

std::unique_ptr<Decoder> make_decoder(std::shared_ptr<const Program> program,
                                      event::FieldDictionary& fields) {
    return std::make_unique<MadeDecoder>(std::move(program), fields);
}

}  // namespace vedette::parse::user_made

namespace vedette::parse {

void register_user_made(Registry& registry) {
    Format format;
    format.declaration.name = kMissingDefinition;
    format.make = [](event::FieldDictionary&) {
        return std::make_unique<user_made::MissingDecoder>();
    };
    format.summary = "records of user-made formats whose definition is gone";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
