// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/row_work.h"

#include <cstring>

#include "event/limits.h"
#include "parse/user_made/limits.h"

namespace vedette::parse::user_made {

using event::ValueKind;

RowWork::RowWork(const Program& program, event::FieldDictionary& fields)
    : program_(program),
      absent_(program.definition.absent),
      fields_(fields),
      values_(program.value_count) {}

void RowWork::begin(RowSink& sink) {
    sink_ = &sink;
    batch_ = &sink.batch();
    for (Value& value : values_) value.is_there = false;
    more_.clear();
    rest_count_ = 0;
    room_.clear();
}

void RowWork::put_more(ValueIndex index, std::string_view text, ValueKind kind) {
    if (more_.size() == event::kValuesPerRowMax) {
        batch_->rows().back().flags |= event::kRowTruncated;
        return;
    }
    Value value;
    value.set(text, kind);
    more_.emplace_back(index, value);
}

NameAction RowWork::action_of(const StageProgram& stage, std::string_view name) {
    NameAction action;
    const auto input = stage.inputs.find(std::string(name));
    if (input != stage.inputs.end()) {
        action.value = input->second;
    } else if (!stage.written.keeps_rest || program_.made_fields.count(name) > 0) {
        action.is_dropped = true;
    } else if (const auto field = fields_.intern(name, sink_->field_budget())) {
        action.field = *field;
    } else {
        action.is_overflow = true;
    }
    return action;
}

void RowWork::put(const NameAction& action, std::string_view name, std::string_view text,
                  ValueKind kind) {
    if (action.value != kNoValue) {
        put(action.value, text, kind);
        return;
    }
    if (action.is_dropped || is_absent(text)) return;
    if (++rest_count_ > event::kValuesPerRowMax) {
        batch_->rows().back().flags |= event::kRowTruncated;
        return;
    }
    if (!action.is_overflow) {
        batch_->add(action.field, text, kind);
        return;
    }
    batch_->add_overflow(name, text, kind);
    batch_->rows().back().flags |= event::kRowOverflow;
}

const NameAction& NameMemory::find(RowWork& work, const StageProgram& stage,
                                   std::string_view name) {
    if (const auto known = known_.find(name); known != known_.end()) return known->second.second;
    last_ = work.action_of(stage, name);
    // A name without room now may find some with another source's budget.
    if (last_.is_overflow || known_.size() == kKeysRememberedMax) return last_;
    auto own = std::make_unique<std::string>(name);
    const std::string_view key = *own;
    known_.emplace(key, std::pair{std::move(own), last_});
    return last_;
}

}  // namespace vedette::parse::user_made
