// SPDX-License-Identifier: Apache-2.0
#include "rule/search/table.h"

#include <algorithm>

#include "base/json_text.h"
#include "rule/search/limits.h"

namespace vedette::rule::search {

namespace {

using Type = ResultColumn::Type;

constexpr Number::Billionths kOne = 1'000'000'000;

std::string_view name_of(Type type) {
    switch (type) {
        case Type::text: return "text";
        case Type::number: return "number";
        case Type::time: return "time";
    }
    return {};
}

void append_json_cell(std::string& out, const ResultCell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) {
        out += "null";
    } else if (const auto* number = std::get_if<Number::Billionths>(&cell)) {
        out += number_text(*number);
    } else {
        base::append_json_string(out, cell_text(cell));
    }
}

bool looks_like_formula(std::string_view value) {
    constexpr std::string_view kBeginnings = "=+-@\t\r";
    return !value.empty() && kBeginnings.find(value[0]) != std::string_view::npos &&
           !read_number(value);
}

}  // namespace

std::string number_text(Number::Billionths number) {
    __extension__ using Magnitude = unsigned __int128;
    const bool is_negative = number < 0;
    Magnitude left = is_negative ? -static_cast<Magnitude>(number) : static_cast<Magnitude>(number);
    auto decimals = static_cast<std::uint64_t>(left % static_cast<Magnitude>(kOne));
    left /= static_cast<Magnitude>(kOne);
    std::string whole;
    do {
        whole.insert(whole.begin(), static_cast<char>('0' + static_cast<int>(left % 10)));
        left /= 10;
    } while (left != 0);
    std::string out = (is_negative ? "-" : "") + whole;
    if (decimals == 0) return out;
    std::string behind = std::to_string(decimals);
    behind.insert(0, 9 - behind.size(), '0');
    behind.erase(behind.find_last_not_of('0') + 1);
    return out + '.' + behind;
}

std::string cell_text(const ResultCell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    if (const auto* number = std::get_if<Number::Billionths>(&cell)) return number_text(*number);
    if (const auto* time = std::get_if<base::Timestamp>(&cell)) {
        const std::int64_t part = time->unix_ns % base::kNsPerSecond;
        return base::format_rfc3339(*time, part == 0 ? 0 : part % base::kNsPerMs == 0 ? 3 : 9);
    }
    return {};
}

std::string to_json(const Table& table) {
    std::string out = "{\"columns\":[";
    for (const ResultColumn& column : table.columns) {
        if (out.back() != '[') out += ',';
        out += "{\"name\":";
        base::append_json_string(out, column.name);
        out.append(",\"type\":\"").append(name_of(column.type)).append("\"}");
    }
    out += "],\"rows\":[";
    for (const ResultRow& row : table.rows) {
        out += out.back() == '[' ? "[" : ",[";
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) out += ',';
            append_json_cell(out, row[i]);
        }
        out += ']';
    }
    out += "],\"is_cut\":";
    out += table.is_cut ? "true" : "false";
    out += ",\"has_gaps\":";
    out += table.has_gaps ? "true" : "false";
    return out + "}\n";
}

void append_json_lines(std::string& out, const Table& table) {
    for (const ResultRow& row : table.rows) {
        out += '{';
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) out += ',';
            base::append_json_string(out, table.columns[i].name);
            out += ':';
            append_json_cell(out, row[i]);
        }
        out += "}\n";
    }
}

void append_csv_value(std::string& out, std::string_view value) {
    const bool is_formula = looks_like_formula(value);
    if (!is_formula && value.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += value;
        return;
    }
    out += is_formula ? "\"'" : "\"";
    for (const char c : value) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

void append_csv(std::string& out, const Table& table) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (i > 0) out += ',';
        append_csv_value(out, table.columns[i].name);
    }
    out += "\r\n";
    for (const ResultRow& row : table.rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) out += ',';
            append_csv_value(out, cell_text(row[i]));
        }
        out += "\r\n";
    }
}

bool has_gaps(const PipePlan& plan, const std::vector<ResultRow>& rows) {
    if (plan.grouping.span_ns == 0) return false;
    std::int64_t first = INT64_MAX, last = INT64_MIN;
    const auto time = std::find(plan.visible.begin(), plan.visible.end(), std::size_t{0});
    if (time == plan.visible.end()) return false;
    for (const ResultRow& row : rows) {
        const auto& cell = row[static_cast<std::size_t>(time - plan.visible.begin())];
        const std::int64_t bucket = bucket_of(plan.grouping, std::get<base::Timestamp>(cell));
        first = std::min(first, bucket);
        last = std::max(last, bucket);
    }
    return !rows.empty() && last - first >= kBucketsMax;
}

}  // namespace vedette::rule::search
