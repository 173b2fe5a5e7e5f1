// SPDX-License-Identifier: Apache-2.0
#include "parse/windows_names.h"

#include <simdjson.h>

#include <array>
#include <string>
#include <utility>

#include "parse/column_cursor.h"

namespace vedette::parse {

namespace {

using event::FieldId;
using event::kNoField;

/// Not yet looked at.
constexpr FieldId kUnknown = kNoField - 1;

/// Takes `prefix` off; false if it is not there.
bool take(std::string_view& name, std::string_view prefix) {
    if (!name.starts_with(prefix)) return false;
    name.remove_prefix(prefix.size());
    return true;
}

constexpr std::pair<std::string_view, std::string_view> kWinlogbeat[] = {
    {"event_id", "EventID"},
    {"channel", "Channel"},
    {"computer_name", "Computer"},
    {"provider_name", "Provider_Name"},
    {"record_id", "EventRecordID"},
    {"process.pid", "Execution_ProcessID"},
    {"process.thread.id", "Execution_ThreadID"},
    {"user.identifier", "Security_UserID"},
    {"activity_id", "Correlation_ActivityID"},
};

constexpr std::string_view kSystemElements[] = {"EventID", "Version",  "Level",
                                                "Task",    "Opcode",   "Keywords",
                                                "Channel", "Computer", "EventRecordID"};

constexpr std::array<std::string_view, 3> kSystemAttributes[] = {
    {"Provider", "Name", "Provider_Name"},
    {"TimeCreated", "SystemTime", "SystemTime"},
    {"Execution", "ProcessID", "Execution_ProcessID"},
    {"Execution", "ThreadID", "Execution_ThreadID"},
    {"Security", "UserID", "Security_UserID"},
    {"Correlation", "ActivityID", "Correlation_ActivityID"},
};

/// The name of an attribute in any of the usual spellings.
std::string_view attribute_name(std::string_view name) {
    if (take(name, "#attributes.") || take(name, "@attributes.") || take(name, "@")) return name;
    return name;
}

std::string_view system_name(std::string_view name) {
    for (const std::string_view element : kSystemElements) {
        std::string_view rest = name;
        if (take(rest, element) && (rest.empty() || rest == ".#text")) return element;
    }
    for (const auto& [element, attribute, plain] : kSystemAttributes) {
        std::string_view rest = name;
        if (take(rest, element) && take(rest, ".") && attribute_name(rest) == attribute)
            return plain;
    }
    return {};
}

/// A leaf below EventData or UserData: its last part, without the mark of text. Attributes are
/// none.
std::string_view leaf_name(std::string_view name, bool is_last_part) {
    if (name.ends_with(".#text")) name.remove_suffix(6);
    if (is_last_part) {
        const std::size_t dot = name.rfind('.');
        if (dot != std::string_view::npos) name.remove_prefix(dot + 1);
    }
    const bool is_mark = name.empty() || name[0] == '#' || name[0] == '@' ||
                         name.find(".@") != std::string_view::npos ||
                         name.find("#attributes") != std::string_view::npos;
    return is_mark ? std::string_view() : name;
}

constexpr std::string_view kDataLists[] = {"Event.EventData.Data", "EventData.Data"};

/// For each Data of a record whether it has a value, in order; empty if the record cannot be read.
std::vector<bool> which_have_values(std::string_view record) {
    std::vector<bool> out;
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    const simdjson::padded_string padded(record);
    if (parser.parse(padded).get(root) != simdjson::SUCCESS) return out;
    simdjson::dom::element event;
    if (root["Event"].get(event) != simdjson::SUCCESS) event = root;
    simdjson::dom::array list;
    if (event["EventData"]["Data"].get_array().get(list) != simdjson::SUCCESS) return out;
    for (const simdjson::dom::element data : list) {
        simdjson::dom::element value;
        out.push_back(data["#text"].get(value) == simdjson::SUCCESS ||
                      data["Value"].get(value) == simdjson::SUCCESS);
    }
    return out;
}

}  // namespace

std::string_view plain_windows_name(std::string_view name) {
    if (take(name, "winlog.")) {
        if (take(name, "event_data.")) return leaf_name(name, false);
        if (take(name, "user_data.")) return leaf_name(name, true);
        for (const auto& [theirs, plain] : kWinlogbeat) {
            if (name == theirs) return plain;
        }
        return {};
    }
    take(name, "Event.");
    if (take(name, "System.")) return system_name(name);
    if (take(name, "EventData.")) {
        // A list of named Data is taken apart by WindowsNames; what has no name is Data itself.
        if (name == "Data.#text" || name == "Data.Value") return {};
        return leaf_name(name, false);
    }
    if (take(name, "UserData.")) return leaf_name(name, true);
    return {};
}

WindowsNames::WindowsNames(event::FieldDictionary& fields) : fields_(fields) {
    const auto field = [&](const std::string& name) {
        return fields.intern(name).value_or(kNoField);
    };
    data_ = field("Data");
    for (const std::string_view place : kDataLists) {
        const std::string data(place);
        lists_.push_back({{field(data + ".@Name"), field(data + ".#attributes.Name"),
                           field(data + ".@attributes.Name")},
                          field(data + ".#text")});
        lists_.push_back({{field(data + ".Name")}, field(data + ".Value")});
    }
}

FieldId WindowsNames::plain_of(FieldId field) {
    if (field >= plain_.size()) plain_.resize(field + 256, kUnknown);
    if (plain_[field] == kUnknown) {
        const std::string_view plain = plain_windows_name(fields_.name(field));
        plain_[field] = kNoField;
        if (!plain.empty()) plain_[field] = fields_.intern(plain, budget_).value_or(kNoField);
    }
    return plain_[field];
}

void WindowsNames::link(event::Batch& batch, std::span<const std::uint32_t> rows) {
    std::vector<std::pair<FieldId, FieldId>> pairs;
    for (const event::Column& column : batch.columns()) {
        const FieldId plain = plain_of(column.field);
        if (plain != kNoField) pairs.emplace_back(column.field, plain);
    }
    is_mine_.assign(batch.row_count(), false);
    for (const std::uint32_t row : rows) is_mine_[row] = true;
    for (const auto& [from, to] : pairs) link_column(batch, from, to);
    for (const DataList& list : lists_) {
        if (batch.column(list.values) == nullptr) continue;
        for (const std::uint32_t row : rows) link_list(batch, row, list);
    }
    batch.settle();
}

void WindowsNames::link_column(event::Batch& batch, FieldId from, FieldId to) {
    const std::size_t count = batch.column(from)->cells.size();
    for (std::size_t i = 0; i < count; ++i) {
        const event::Cell cell = batch.column(from)->cells[i];
        if (is_mine_[cell.row]) batch.link(to, cell.row, cell, 0, cell.size);
    }
}

void WindowsNames::link_list(event::Batch& batch, std::uint32_t row, const DataList& list) {
    const auto found = batch.cells(list.values, row);
    if (found.empty()) return;
    const std::vector<event::Cell> values(found.begin(), found.end());  // linking moves columns
    for (const FieldId field : list.names) {
        const auto names = batch.cells(field, row);
        if (names.empty()) continue;
        link_row(batch, row, std::vector<event::Cell>(names.begin(), names.end()), values);
        return;
    }
    for (const event::Cell& value : values) batch.link(data_, row, value, 0, value.size);
}

void WindowsNames::link_row(event::Batch& batch, std::uint32_t row,
                            std::span<const event::Cell> names,
                            std::span<const event::Cell> values) {
    // Data without a value is a name without a partner; which one, only the record still knows.
    std::vector<bool> has_value(names.size(), true);
    if (names.size() != values.size()) has_value = which_have_values(batch.rows()[row].raw);
    if (has_value.size() != names.size()) return;
    std::size_t next = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!has_value[i]) continue;
        if (next == values.size()) return;
        const event::Cell& value = values[next++];
        const auto plain = fields_.intern(batch.text(names[i]), budget_);
        if (plain) batch.link(*plain, row, value, 0, value.size);
    }
}

}  // namespace vedette::parse
