// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/event_view.h"

#include <algorithm>
#include <array>

#include "event/schema.h"
#include "rule/sigma/fold.h"

namespace vedette::rule::sigma {

namespace {

/// Fields in which decoders put words of their own: a keyword `process` is not meant to find an
/// event.category that we added.
constexpr std::array kLabels = {
    event::FieldId{event::ecs::kEventCategory},   event::FieldId{event::ecs::kEventKind},
    event::FieldId{event::ecs::kEventDataset},    event::FieldId{event::ecs::kEventModule},
    event::FieldId{event::ecs::kEventOutcome},    event::FieldId{event::ecs::kEventAction},
    event::FieldId{event::ecs::kEventProvider},   event::FieldId{event::ecs::kLogLevel},
    event::FieldId{event::ecs::kNetworkProtocol}, event::FieldId{event::ecs::kNetworkTransport},
};

}  // namespace

bool is_label(event::FieldId field, std::string_view name) {
    return std::find(kLabels.begin(), kLabels.end(), field) != kLabels.end() ||
           name.starts_with("log.syslog.");
}

bool is_below(std::string_view name, std::string_view outer) {
    return name.size() > outer.size() && name[outer.size()] == '.' && name.starts_with(outer);
}

Slot FieldTable::intern(const std::string& name) {
    const auto [entry, is_new] = slots_.emplace(name, static_cast<Slot>(names_.size()));
    if (!is_new) return entry->second;
    names_.push_back(name);
    const auto field = fields_->intern(name);
    field_ids_.push_back(field.value_or(event::kNoField));
    if (field) {
        if (*field >= slots_by_field_.size()) slots_by_field_.resize(*field + 1, kNoSlot);
        slots_by_field_[*field] = entry->second;
    }
    return entry->second;
}

std::optional<Slot> FieldTable::find(std::string_view name) const {
    const auto found = slots_.find(std::string(name));
    if (found == slots_.end()) return std::nullopt;
    return found->second;
}

const std::string& FieldValue::folded() {
    if (!is_folded) {
        fold_into(text, fold_buffer);
        is_folded = true;
    }
    return fold_buffer;
}

void ValueList::add(std::string_view text, event::ValueKind kind, std::string_view field) {
    if (count_ == values_.size()) values_.emplace_back();
    FieldValue& value = values_[count_++];
    value.text = text;
    value.kind = kind;
    value.field = field;
    value.is_folded = false;
}

void EventView::begin_batch(const event::Batch& batch) {
    batch_ = &batch;
    lists_.resize(table_->size());
    ranges_by_row_.resize(std::max(ranges_by_row_.size(), batch.row_count()));
    overflow_by_row_.resize(ranges_by_row_.size());
}

void EventView::bind_row(const event::Batch& batch, std::uint32_t row) {
    begin_batch(batch);
    ranges_by_row_[row].clear();
    overflow_by_row_[row].clear();
    for (std::uint32_t column = 0; column < batch.columns().size(); ++column) {
        const event::Column& of = batch.columns()[column];
        const std::span<const event::Cell> cells = batch.cells(of.field, row);
        if (cells.empty()) continue;
        const auto begin = static_cast<std::uint32_t>(cells.data() - of.cells.data());
        ranges_by_row_[row].push_back(
            {column, begin, begin + static_cast<std::uint32_t>(cells.size())});
    }
    const std::vector<event::Cell>& names = batch.overflow_names().cells;
    for (std::uint32_t i = 0; i < names.size(); ++i) {
        if (names[i].row == row) overflow_by_row_[row].push_back(i);
    }
}

void EventView::bind(const event::Batch& batch) {
    begin_batch(batch);
    for (auto& ranges : ranges_by_row_) ranges.clear();
    for (auto& cells : overflow_by_row_) cells.clear();
    for (std::uint32_t column = 0; column < batch.columns().size(); ++column) {
        add_column_ranges(batch, column);
    }
    const std::vector<event::Cell>& names = batch.overflow_names().cells;
    for (std::uint32_t i = 0; i < names.size(); ++i) overflow_by_row_[names[i].row].push_back(i);
}

void EventView::add_column_ranges(const event::Batch& batch, std::uint32_t column) {
    const std::vector<event::Cell>& cells = batch.columns()[column].cells;
    for (std::uint32_t begin = 0; begin < cells.size();) {
        std::uint32_t end = begin + 1;
        while (end < cells.size() && cells[end].row == cells[begin].row) ++end;
        ranges_by_row_[cells[begin].row].push_back({column, begin, end});
        begin = end;
    }
}

void EventView::move_to(std::uint32_t row) {
    row_ = row;
    aliases_ = nullptr;
    has_all_ = false;
    const std::uint32_t dataset = batch_->rows()[row].dataset;
    const bool has_dataset = dataset < batch_->datasets().size();
    fold_into(has_dataset ? batch_->dataset(dataset) : std::string_view(), folded_dataset_);
    for (const Slot slot : filled_) lists_[slot].clear();
    filled_.clear();
    const auto fill = [&](Slot slot, std::string_view text, event::ValueKind kind) {
        filled_.push_back(slot);
        lists_[slot].add(text, kind, table_->name(slot));
    };
    for (const Range& range : ranges_by_row_[row]) {
        const event::Column& column = batch_->columns()[range.column];
        const Slot slot = table_->slot_of(column.field);
        if (slot == kNoSlot) continue;
        for (std::uint32_t i = range.begin; i < range.end; ++i) {
            fill(slot, batch_->text(column.cells[i]), column.cells[i].kind);
        }
    }
    for (const std::uint32_t i : overflow_by_row_[row]) {
        const event::Column& names = batch_->overflow_names();
        const event::Column& values = batch_->overflow_values();
        const auto slot = table_->find(batch_->overflow_text(names, names.cells[i]));
        if (slot) fill(*slot, batch_->overflow_text(values, values.cells[i]), values.cells[i].kind);
    }
}

std::span<FieldValue> EventView::values(Slot slot) {
    const std::span<FieldValue> own = lists_[slot].values();
    if (!own.empty() || aliases_ == nullptr) return own;
    for (const auto& [from, to] : *aliases_) {
        if (from == slot) return lists_[to].values();
    }
    return own;
}

bool EventView::is_present(Slot slot) {
    return !values(slot).empty() || has_field_below(table_->name(slot));
}

bool EventView::has_field_below(std::string_view name) const {
    for (const Range& range : ranges_by_row_[row_]) {
        const event::FieldId field = batch_->columns()[range.column].field;
        if (is_below(batch_->fields().name(field), name)) return true;
    }
    const event::Column& names = batch_->overflow_names();
    return std::any_of(overflow_by_row_[row_].begin(), overflow_by_row_[row_].end(),
                       [&](std::uint32_t i) {
                           return is_below(batch_->overflow_text(names, names.cells[i]), name);
                       });
}

std::span<FieldValue> EventView::all_values() {
    if (has_all_) return all_.values();
    has_all_ = true;
    all_.clear();
    struct Found {
        std::string_view field, text;
        event::ValueKind kind;
    };
    std::vector<Found> found;
    const std::string_view raw = batch_->rows()[row_].raw;
    for (const Range& range : ranges_by_row_[row_]) {
        const event::Column& column = batch_->columns()[range.column];
        const std::string_view name = batch_->fields().name(column.field);
        const bool may_be_ours = is_label(column.field, name);
        for (std::uint32_t i = range.begin; i < range.end; ++i) {
            const event::Cell& cell = column.cells[i];
            if (cell.slot != range.column) continue;
            const std::string_view text = batch_->text(cell);
            if (may_be_ours && raw.find(text) == std::string_view::npos) continue;
            found.push_back({name, text, cell.kind});
        }
    }
    const event::Column& names = batch_->overflow_names();
    const event::Column& values = batch_->overflow_values();
    for (const std::uint32_t i : overflow_by_row_[row_]) {
        found.push_back({batch_->overflow_text(names, names.cells[i]),
                         batch_->overflow_text(values, values.cells[i]), values.cells[i].kind});
    }
    // The order of columns depends on where the batch was cut, and what explains a rule must not.
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.field < b.field; });
    for (const Found& value : found) all_.add(value.text, value.kind, value.field);
    return all_.values();
}

}  // namespace vedette::rule::sigma
