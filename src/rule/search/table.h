// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rule/search/pipe_plan.h"

namespace vedette::rule::search {

/// One value of a result: none, a text, an exact number in billionths, a time.
using ResultCell = std::variant<std::monostate, std::string, Number::Billionths, base::Timestamp>;
using ResultRow = std::vector<ResultCell>;

/// What a search with an aggregation gives.
struct Table {
    std::vector<ResultColumn> columns;
    std::vector<ResultRow> rows;
    bool is_cut = false;    ///< there were more rows than asked for
    bool has_gaps = false;  ///< a time chart whose buckets without events are not all there
    bool operator==(const Table&) const = default;
};

/// The shortest text of a number: 12, 0.5, -3.25.
std::string number_text(Number::Billionths number);
/// A cell as text; none is empty. Times are RFC 3339, with decimals where they have some.
std::string cell_text(const ResultCell& cell);

/// `{"columns":[{"name":"user.name","type":"text"},...],"rows":[["root",12],...],
///   "is_cut":false,"has_gaps":false}`; none is null, numbers are numbers, times are texts.
///   serve/table_json.h reads it back.
std::string to_json(const Table& table);

/// One JSON object a row: {"user.name":"root","count":12}, with a line end.
void append_json_lines(std::string& out, const Table& table);
/// A line of names and a line a row. Source: RFC 4180. A value that a spreadsheet would take for a
/// formula (it begins with = + - @ tab or CR and is no number) has an apostrophe in front, because
/// attackers write what stands in logs.
void append_csv(std::string& out, const Table& table);
void append_csv_value(std::string& out, std::string_view value);

/// Whether the rows of a time chart leave out buckets between the first and the last.
bool has_gaps(const PipePlan& plan, const std::vector<ResultRow>& rows);

}  // namespace vedette::rule::search
