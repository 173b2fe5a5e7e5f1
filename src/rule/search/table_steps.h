// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "rule/search/pipe_plan.h"
#include "rule/search/table.h"

namespace vedette::rule::search {

/// A row on its way: all columns of the plan.
struct WorkRow {
    ResultRow cells;
    std::int64_t bucket = 0;
    bool is_other = false;  ///< of a time chart: the series of all smaller ones
};
using WorkRows = std::vector<WorkRow>;

/// What follows the grouping, as pipe_sql.h asks it of the store: order, rows per group, empty
/// buckets, the plan's steps, columns that are shown.
Table finish_table(const PipePlan& plan, WorkRows rows, std::size_t rows_max);

}  // namespace vedette::rule::search
