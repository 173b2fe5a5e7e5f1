// SPDX-License-Identifier: Apache-2.0
#include "rule/search/row_hit.h"

#include <algorithm>
#include <charconv>

#include "base/json_text.h"
#include "event/schema.h"
#include "rule/search/pipe_plan.h"

namespace vedette::rule::search {

namespace {

using event::Batch;
using event::Cell;
using event::ValueKind;

std::string_view mark_or(ValueKind kind, std::string_view text) {
    switch (kind) {
        case ValueKind::null: return "null";
        case ValueKind::empty_list: return "[]";
        case ValueKind::empty_object: return "{}";
        default: return text;
    }
}

// As the store keeps it: one value as written, several as the text of a JSON array.
template <typename TextOf>
std::string joined(std::span<const Cell> cells, const TextOf& text_of) {
    if (cells.size() == 1) return std::string(mark_or(cells[0].kind, text_of(cells[0])));
    std::string out = "[";
    for (const Cell& cell : cells) {
        if (out.size() > 1) out.push_back(',');
        if (cell.kind == ValueKind::text) {
            base::append_json_string(out, text_of(cell));
        } else {
            out += mark_or(cell.kind, text_of(cell));
        }
    }
    return out + ']';
}

// A column of numbers has 5 for 05.
std::string as_column_has_it(const event::SchemaField* field, std::string text) {
    std::int64_t number = 0;
    if (field == nullptr || field->type != event::StoreType::number) return text;
    const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = code == std::errc() && stop == text.data() + text.size();
    return is_number ? std::to_string(number) : text;
}

void add_fields(const Batch& batch, std::uint32_t row, Hit& hit) {
    std::vector<const event::Column*> columns;
    for (const event::Column& column : batch.columns()) columns.push_back(&column);
    std::sort(columns.begin(), columns.end(),
              [](const auto* a, const auto* b) { return a->field < b->field; });
    for (const event::Column* column : columns) {
        const auto cells = batch.cells(column->field, row);
        if (cells.empty()) continue;
        std::string text = joined(cells, [&](const Cell& cell) { return batch.text(cell); });
        hit.fields.emplace_back(
            batch.fields().name(column->field),
            as_column_has_it(event::schema_field(column->field), std::move(text)));
    }
}

void add_overflow(const Batch& batch, std::uint32_t row, Hit& hit) {
    const auto& names = batch.overflow_names().cells;
    const auto& values = batch.overflow_values().cells;
    const auto by_row = [](const Cell& cell, std::uint32_t r) { return cell.row < r; };
    auto at = static_cast<std::size_t>(std::lower_bound(names.begin(), names.end(), row, by_row) -
                                       names.begin());
    while (at < names.size() && names[at].row == row) {
        const std::string_view name = batch.overflow_text(batch.overflow_names(), names[at]);
        std::size_t end = at + 1;
        while (end < names.size() && names[end].row == row &&
               batch.overflow_text(batch.overflow_names(), names[end]) == name) {
            ++end;
        }
        hit.fields.emplace_back(
            name, joined(std::span(values).subspan(at, end - at), [&](const Cell& cell) {
                return batch.overflow_text(batch.overflow_values(), cell);
            }));
        at = end;
    }
}

}  // namespace

Hit hit_of(const Batch& batch, std::uint32_t index) {
    const event::Row& row = batch.rows()[index];
    const event::Origin& origin = batch.origins()[row.origin];
    Hit hit;
    hit.offset = row.id.offset;
    hit.row = row.id.row;
    hit.time = stored_time(row.time);
    hit.arrival = stored_time(row.arrival);
    hit.source = origin.source;
    hit.origin = origin.path;
    if (row.dataset < batch.datasets().size()) hit.dataset = batch.dataset(row.dataset);
    hit.line = row.line;
    hit.flags = row.flags;
    add_fields(batch, index, hit);
    add_overflow(batch, index, hit);
    hit.raw = row.raw;
    return hit;
}

}  // namespace vedette::rule::search
