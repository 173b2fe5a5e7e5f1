// SPDX-License-Identifier: Apache-2.0
#include "serve/table_json.h"

#include <simdjson.h>

#include <algorithm>
#include <optional>

namespace vedette::serve {

namespace {

using rule::search::Number;
using rule::search::ResultCell;
using rule::search::ResultColumn;
using rule::search::ResultRow;
using rule::search::Table;
using Type = ResultColumn::Type;

tl::unexpected<base::Error> damaged() {
    return base::fail(base::ErrorCode::corrupt, "the server's answer is no table");
}

base::Result<Type> type_of(std::string_view name) {
    if (name == "text") return Type::text;
    if (name == "number") return Type::number;
    if (name == "time") return Type::time;
    return damaged();
}

// A sum may have more digits than a query's number. Blanks behind it belong to the token.
std::optional<Number::Billionths> exact_number(std::string_view token) {
    while (!token.empty() && (token.back() == ' ' || token.back() == '\n')) token.remove_suffix(1);
    const bool is_negative = token.starts_with('-');
    if (is_negative) token.remove_prefix(1);
    constexpr std::size_t kDigitsMax = 40;
    if (token.empty() || token.size() > kDigitsMax) return std::nullopt;
    Number::Billionths out = 0;
    int decimals = -1;  // none yet
    for (const char c : token) {
        if (c == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9' || decimals == 9) return std::nullopt;
        if (decimals >= 0) ++decimals;
        if (__builtin_mul_overflow(out, 10, &out) || __builtin_add_overflow(out, c - '0', &out)) {
            return std::nullopt;
        }
    }
    for (int i = std::max(decimals, 0); i < 9; ++i) {
        if (__builtin_mul_overflow(out, 10, &out)) return std::nullopt;
    }
    return is_negative ? -out : out;
}

// A number as it was written: simdjson would round it to a double.
base::Result<ResultCell> read_cell(simdjson::ondemand::value value, Type type) {
    bool is_null = false;
    if (value.is_null().get(is_null) == simdjson::SUCCESS && is_null) return ResultCell();
    if (type == Type::number) {
        const auto number = exact_number(value.raw_json_token());
        if (!number) return damaged();
        return ResultCell(*number);
    }
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return damaged();
    if (type == Type::text) return ResultCell(std::string(text));
    const auto time = base::parse_rfc3339(text);
    if (!time) return damaged();
    return ResultCell(*time);
}

base::Result<void> read_columns(simdjson::ondemand::array columns, Table& table) {
    for (auto entry : columns) {
        simdjson::ondemand::object column;
        std::string_view name, type;
        if (entry.get_object().get(column) != simdjson::SUCCESS ||
            column["name"].get_string().get(name) != simdjson::SUCCESS) {
            return damaged();
        }
        ResultColumn out{std::string(name)};
        if (column["type"].get_string().get(type) != simdjson::SUCCESS) return damaged();
        VD_TRY(out.type, type_of(type));
        table.columns.push_back(std::move(out));
    }
    return {};
}

base::Result<void> read_rows(simdjson::ondemand::array rows, Table& table) {
    for (auto entry : rows) {
        simdjson::ondemand::array cells;
        if (entry.get_array().get(cells) != simdjson::SUCCESS) return damaged();
        ResultRow row;
        for (auto cell : cells) {
            simdjson::ondemand::value value;
            if (row.size() == table.columns.size() || cell.get(value) != simdjson::SUCCESS) {
                return damaged();
            }
            VD_TRY(ResultCell read, read_cell(value, table.columns[row.size()].type));
            row.push_back(std::move(read));
        }
        if (row.size() != table.columns.size()) return damaged();
        table.rows.push_back(std::move(row));
    }
    return {};
}

}  // namespace

base::Result<Table> table_from_json(std::string_view json) {
    simdjson::ondemand::parser parser;
    const simdjson::padded_string padded(json);
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    simdjson::ondemand::array columns, rows;
    Table table;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS ||
        object["columns"].get_array().get(columns) != simdjson::SUCCESS) {
        return damaged();
    }
    VD_TRY_DO(read_columns(columns, table));
    if (object["rows"].get_array().get(rows) != simdjson::SUCCESS) return damaged();
    VD_TRY_DO(read_rows(rows, table));
    if (object["is_cut"].get_bool().get(table.is_cut) != simdjson::SUCCESS ||
        object["has_gaps"].get_bool().get(table.has_gaps) != simdjson::SUCCESS) {
        return damaged();
    }
    return table;
}

}  // namespace vedette::serve
