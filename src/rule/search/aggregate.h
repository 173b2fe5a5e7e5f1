// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "event/batch.h"
#include "rule/search/pipe_plan.h"
#include "rule/search/table.h"

namespace vedette::rule::search {

/// Aggregates rows in memory as the store's SQL does (pipe_sql.h), which tests hold against it: for
/// live searches, whose events are not stored yet.
///
/// The order in which rows are added does not matter, as long as nothing is left out.
/// Does not promise: to hold everything. Events beyond kGroupsMax groups, and values of percentiles
/// and distinct counts beyond kGroupedValuesMax, are counted as left out.
/// Known difference: that of Matcher (match.h).
/// Threads: one at a time.   Cost: that of the filter, and a look-up per row and group.
class Aggregator {
  public:
    /// `plan` is a table's and outlives this.
    explicit Aggregator(const PipePlan& plan);
    ~Aggregator();

    /// Counts a row that the plan's filter found.
    void add(const event::Batch& batch, std::uint32_t row);
    /// The result so far, of at most `rows_max` rows.
    Table table(std::size_t rows_max) const;
    /// Events and values that found no room.
    std::uint64_t left_out_count() const;

  private:
    struct State;
    const PipePlan& plan_;
    std::unique_ptr<State> state_;
};

/// Values of a field of one event by which it is grouped and measured, as they are told in
/// README.md: in order, with repeats.
std::vector<std::string> values_of(const FieldPlace& place, const event::Batch& batch,
                                   std::uint32_t row);

}  // namespace vedette::rule::search
