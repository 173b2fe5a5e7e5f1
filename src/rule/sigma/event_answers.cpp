// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/event_answers.h"

#include <algorithm>

#include "rule/sigma/fold.h"
#include "rule/sigma/value_match.h"

namespace vedette::rule::sigma {

namespace {

/// The overflow cells of a row.
std::span<const event::Cell> overflow_of(const event::Batch& batch, std::uint32_t row) {
    const std::vector<event::Cell>& cells = batch.overflow_names().cells;
    const auto by_row = [](const auto& a, const auto& b) { return a.row < b.row; };
    const auto range =
        std::equal_range(cells.begin(), cells.end(), event::Cell{row, 0, 0, 0, {}}, by_row);
    return {range.first, range.second};
}

}  // namespace

void BatchAnswers::bind(const event::Batch& batch) {
    batch_ = &batch;
    below_.clear();
}

std::vector<BatchAnswers::Value> BatchAnswers::own_values(Slot slot) const {
    std::vector<Value> out;
    const event::FieldId field = table_.field_of(slot);
    if (field != event::kNoField) {
        for (const event::Cell& cell : batch_->cells(field, row_)) {
            out.push_back({batch_->text(cell), cell.kind});
        }
    }
    const event::Column& names = batch_->overflow_names();
    for (const event::Cell& name : overflow_of(*batch_, row_)) {
        if (batch_->overflow_text(names, name) != table_.name(slot)) continue;
        const event::Column& values = batch_->overflow_values();
        const auto index = static_cast<std::size_t>(&name - names.cells.data());
        out.push_back(
            {batch_->overflow_text(values, values.cells[index]), values.cells[index].kind});
    }
    return out;
}

std::vector<BatchAnswers::Value> BatchAnswers::values(Slot slot) const {
    std::vector<Value> own = own_values(slot);
    if (!own.empty()) return own;
    for (const auto& [from, to] : *aliases_) {
        if (from == slot) return own_values(to);
    }
    return own;
}

bool BatchAnswers::has_field_below(Slot slot) {
    const std::string& name = table_.name(slot);
    const auto [entry, is_new] = below_.try_emplace(slot);
    if (is_new) {
        for (const event::Column& column : batch_->columns()) {
            if (is_below(batch_->fields().name(column.field), name)) {
                entry->second.push_back(column.field);
            }
        }
    }
    const auto has_cell = [&](event::FieldId field) { return !batch_->cells(field, row_).empty(); };
    if (std::any_of(entry->second.begin(), entry->second.end(), has_cell)) return true;
    const std::span<const event::Cell> overflow = overflow_of(*batch_, row_);
    return std::any_of(overflow.begin(), overflow.end(), [&](const event::Cell& cell) {
        return is_below(batch_->overflow_text(batch_->overflow_names(), cell), name);
    });
}

bool BatchAnswers::refers(const FieldQuestion& question) const {
    const std::vector<Value> others = values(question.other);
    for (const Value& value : values(question.slot)) {
        if (!has_text(value.kind)) continue;
        for (const Value& other : others) {
            if (!has_text(other.kind)) continue;
            const bool is_met =
                question.is_cased
                    ? stands_in(question.position, value.text, other.text)
                    : stands_in(question.position, fold(value.text), fold(other.text));
            if (is_met) return true;
        }
    }
    return false;
}

bool BatchAnswers::answer(const FieldQuestion& question) {
    using Kind = FieldQuestion::Kind;
    if (question.kind == Kind::reference) return refers(question);
    const std::vector<Value> values = this->values(question.slot);
    const auto has = [&](auto is_so) {
        return std::any_of(values.begin(), values.end(),
                           [&](const Value& value) { return is_so(value.kind); });
    };
    if (question.kind == Kind::has_value) return has(has_text);
    const bool is_there = !values.empty() || has_field_below(question.slot);
    if (question.kind == Kind::is_there) return is_there;
    return !is_there || has([](event::ValueKind kind) { return kind == event::ValueKind::null; });
}

}  // namespace vedette::rule::sigma
