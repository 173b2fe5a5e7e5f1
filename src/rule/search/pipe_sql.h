// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "rule/search/pipe_plan.h"
#include "rule/search/sql.h"
#include "rule/search/table.h"

namespace vedette::rule::search {

/// The statement that makes the plan's table: the heavy part (filter, groups) in one pass over
/// `events`, the rest over groups. Like all statements it holds no value of a person; names of
/// columns are ours (c0, c1, ...).
///
/// Events are grouped by a field's text as the store has it first, and lists in it are taken apart
/// afterwards, once for each different list: so a group costs what a plain GROUP BY costs.
/// Gives at most `rows_max` + 1 rows, for decode_table to tell whether there are more.
base::Result<SqlQuery> table_sql(const PipePlan& plan, const SqlOptions& options,
                                 std::size_t rows_max);

/// Reads the answer to table_sql.   Errors: corrupt.
base::Result<Table> decode_table(const PipePlan& plan, std::string_view row_binary,
                                 std::size_t rows_max);

/// The statement for a list of events: search_sql with the plan's order.
/// Errors: limit for more than kHitsMax events, or lists that are too long.
base::Result<SqlQuery> events_sql(const PipePlan& plan, const SqlOptions& options);

/// The same two for a file that the store writes itself (`format`, e.g. Parquet): columns under
/// their names, in which every character but letters, digits and `. _ - ( ) @` is a `_`; events
/// have all columns of a hit, or the fields that were named, as texts.
base::Result<SqlQuery> file_sql(const PipePlan& plan, const SqlOptions& options,
                                std::size_t rows_max, std::string format);

}  // namespace vedette::rule::search
