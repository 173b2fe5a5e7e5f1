// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "rule/search/pipe_plan.h"
#include "rule/search/sql.h"

namespace vedette::rule::search {

/// What the store holds of a measure while groups are put together: how it begins, and the function
/// that makes one of several.
struct StateSql {
    std::string begin;
    std::string merge;
};

/// The states of a measure over rows of `events`, at least one.
std::vector<StateSql> states_of(const PlannedAggregate& planned, SqlWriter& writer);

/// The measure made of its states, which are named so: UInt64 for counts, Decimal(38, 9) for sums,
/// Nullable(Decimal(38, 9)) or Nullable(DateTime64(9)) for all others.
std::string result_of(const PlannedAggregate& planned, const std::vector<std::string>& states);

/// The same of no events.
std::string empty_measure(const PlannedAggregate& planned);

}  // namespace vedette::rule::search
