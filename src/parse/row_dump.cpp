// SPDX-License-Identifier: Apache-2.0
#include "parse/row_dump.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/json_text.h"

namespace vedette::parse {

namespace {

using event::ValueKind;
using Values = std::vector<std::pair<std::string_view, ValueKind>>;

constexpr std::pair<std::uint16_t, std::string_view> kFlagNames[] = {
    {event::kRowTimeGuessed, "time_guessed"}, {event::kRowNotDecoded, "not_decoded"},
    {event::kRowInvalidUtf8, "invalid_utf8"}, {event::kRowPartOfLonger, "part_of_longer"},
    {event::kRowRepeatedKey, "repeated_key"}, {event::kRowOverflow, "overflow"},
    {event::kRowTruncated, "truncated"},      {event::kRowLate, "late"},
};

void append_value(std::string& out, std::string_view text, ValueKind kind) {
    switch (kind) {
        case ValueKind::text: base::append_json_string(out, text); return;
        case ValueKind::null: out += "null"; return;
        case ValueKind::empty_list: out += "[]"; return;
        case ValueKind::empty_object: out += "{}"; return;
        case ValueKind::integer:
        case ValueKind::real:
        case ValueKind::boolean: out += text; return;
    }
}

void append_member(std::string& out, std::string_view name, const Values& values) {
    base::append_json_string(out, name);
    out += ':';
    if (values.size() > 1) out += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) out += ',';
        append_value(out, values[i].first, values[i].second);
    }
    if (values.size() > 1) out += ']';
}

void append_members(std::string& out, std::string_view title,
                    const std::map<std::string_view, Values>& members) {
    if (members.empty()) return;
    out += ",\"" + std::string(title) + "\":{";
    bool is_first = true;
    for (const auto& [name, values] : members) {
        if (!is_first) out += ',';
        is_first = false;
        append_member(out, name, values);
    }
    out += '}';
}

void append_text(std::string& out, std::string_view title, std::string_view text) {
    out += ",\"" + std::string(title) + "\":";
    base::append_json_string(out, text);
}

void append_flags(std::string& out, std::uint16_t flags) {
    std::vector<std::string> names;
    for (const auto& [flag, name] : kFlagNames) {
        if ((flags & flag) != 0) names.emplace_back(name);
    }
    if (!names.empty()) base::append_json_strings(out, "flags", names);
}

}  // namespace

std::string dump_row(const event::Batch& batch, std::uint32_t row, std::string_view usual_raw) {
    const event::Row& head = batch.rows()[row];
    const event::Origin& origin = batch.origins()[head.origin];
    std::string out = "{\"id\":\"" + std::to_string(head.id.offset) + "." +
                      std::to_string(head.id.row) + "\",\"line\":" + std::to_string(head.line);
    append_text(out, "source", origin.source);
    append_text(out, "origin", origin.path);
    append_text(out, "time", base::format_rfc3339(head.time, 9));
    append_text(out, "arrival", base::format_rfc3339(head.arrival, 3));
    if (head.dataset < batch.datasets().size()) {
        append_text(out, "dataset", batch.dataset(head.dataset));
    }
    append_flags(out, head.flags);
    if (head.raw != usual_raw) append_text(out, "raw", head.raw);

    std::map<std::string_view, Values> fields;
    for (const event::Column& column : batch.columns()) {
        for (const event::Cell& cell : batch.cells(column.field, row)) {
            fields[batch.fields().name(column.field)].emplace_back(batch.text(cell), cell.kind);
        }
    }
    append_members(out, "fields", fields);

    std::map<std::string_view, Values> overflow;
    const auto& names = batch.overflow_names();
    const auto& values = batch.overflow_values();
    const auto first = std::lower_bound(
        names.cells.begin(), names.cells.end(), row,
        [](const event::Cell& cell, std::uint32_t wanted) { return cell.row < wanted; });
    for (auto i = static_cast<std::size_t>(first - names.cells.begin());
         i < names.cells.size() && names.cells[i].row == row; ++i) {
        overflow[batch.overflow_text(names, names.cells[i])].emplace_back(
            batch.overflow_text(values, values.cells[i]), values.cells[i].kind);
    }
    append_members(out, "overflow", overflow);
    return out + "}";
}

}  // namespace vedette::parse
