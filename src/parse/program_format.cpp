// SPDX-License-Identifier: Apache-2.0
#include "parse/program_format.h"

#include <algorithm>

#include "base/check.h"
#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

using event::FieldId;
using event::ValueKind;

constexpr std::string_view kPamFormat = "pam";
constexpr std::string_view kPamStart = "pam_";

class ProgramDecoder final : public Decoder {
  public:
    ProgramDecoder(const ProgramFormat& format, event::FieldDictionary& fields) : format_(format) {
        VD_CHECK(format.fields.size() <= ProgramValues::kFieldsMax);
        for (const ProgramField& field : format.fields) {
            const FieldId id = *fields.intern(field.name);
            const FieldId other =
                field.otherwise.empty() ? event::kNoField : *fields.intern(field.otherwise);
            ids_.push_back({id, other});
        }
    }

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        std::string_view text = clean.text;
        if (format_.read_time != nullptr) {
            if (const auto time = format_.read_time(text, envelope)) set_time(row, *time);
        }
        sink.batch().add(event::ecs::kMessage, text);
        row.dataset = sink.batch().dataset_index(format_.dataset);
        decode_inner(text, envelope, sink);
    }

    bool decode_inner(std::string_view bytes, const event::Envelope&, RowSink& sink) override {
        const std::string_view text = trimmed(bytes);
        ProgramValues values;
        const bool is_pam =
            format_.hands_on_pam && text.starts_with(kPamStart) && sink.inner(kPamFormat, text);
        const bool is_known = !is_pam && format_.read(text, values);
        event::Batch& batch = sink.batch();
        // Without a name of a program only the form says whose line it is.
        if (!is_pam && !is_known && format_.hints.empty()) return false;
        batch.rows().back().dataset = batch.dataset_index(format_.dataset);
        if (!is_known) return true;
        for (std::size_t i = 0; i < ids_.size(); ++i) {
            if (!values[i].empty()) add(batch, i, values[i]);
        }
        return true;
    }

  private:
    struct Ids {
        FieldId field, otherwise;
    };

    void add(event::Batch& batch, std::size_t field, std::string_view value) {
        const Ids& ids = ids_[field];
        switch (format_.fields[field].form) {
            case ValueForm::text: batch.add(ids.field, value); break;
            case ValueForm::number:
                if (is_digits(value, 19)) batch.add(ids.field, value, ValueKind::integer);
                break;
            case ValueForm::flag: batch.add(ids.field, "true", ValueKind::boolean); break;
            case ValueForm::address:
                if (is_ip_address(value)) {
                    batch.add(ids.field, value);
                } else if (ids.otherwise != event::kNoField) {
                    batch.add(ids.otherwise, value);
                }
                break;
            case ValueForm::words:
                for (TextScanner scanner(value); !scanner.is_at_end();) {
                    const std::string_view word = scanner.word();
                    if (!word.empty()) batch.add(ids.field, word);
                }
                break;
            case ValueForm::lower:
                lower_.assign(value);
                for (char& c : lower_) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
                batch.add(ids.field, lower_);
                break;
        }
    }

    const ProgramFormat format_;
    std::vector<Ids> ids_;
    std::string scratch_, lower_;  // caches of memory, not of meaning
};

/// 70 times the share of lines that are known: below syslog's score where both could read a line.
/// Nothing below a half: a line of prose or of a list may look like one of a program's.
int recognise(const ProgramFormat& format, const std::vector<std::string_view>& records) {
    const event::Envelope nothing_told;
    int known = 0, count = 0;
    for (std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        if (format.read_time != nullptr) format.read_time(record, nothing_told);
        ProgramValues values;
        if (format.read(trimmed(record), values)) ++known;
    }
    return count == 0 || 2 * known < count ? 0 : 70 * known / count;
}

}  // namespace

void add_program(Registry& registry, const ProgramFormat& program) {
    Format format;
    format.declaration.name = program.name;
    format.declaration.recognise = [program](const std::vector<std::string_view>& records) {
        return recognise(program, records);
    };
    format.make = [program](event::FieldDictionary& fields) {
        return std::make_unique<ProgramDecoder>(program, fields);
    };
    format.inner_hints.assign(program.hints.begin(), program.hints.end());
    format.inner_starts.assign(program.starts.begin(), program.starts.end());
    format.summary = program.summary;
    registry.add(std::move(format));
}

}  // namespace vedette::parse
