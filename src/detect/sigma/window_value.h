// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "detect/sigma/hit.h"
#include "rule/sigma/correlation.h"

namespace vedette::detect::sigma {

/// What a correlation's condition compares, kept up to date while a window slides over the events
/// of one group.
///
/// - event_count: events; those that complete one finding of another correlation count once.
/// - value_count: different values of the field, without case; of several fields, combinations.
/// - value_sum, value_avg: of the numbers in the field; the average rounded down to millionths.
/// - value_percentile with `percentile`: the smallest number that at least so many percent of the
///   numbers do not exceed (nearest rank). Without: how many percent of the events that have a
///   value have that of the last one, as in the specification's example.
/// - temporal: how many of the rules matched. temporal_ordered: the longest row of different rules
///   in the order given, each by a later event than the one before it.
/// An event without a value (a number, for sums, averages and percentiles) adds none; where there
/// is none at all, there is nothing to compare, but for the count of no values. Cost: O(1) for each
/// event that comes or goes; percentiles O(events), temporal_ordered O(rules^2).
class WindowValue {
  public:
    explicit WindowValue(const rule::sigma::Correlation& correlation);

    void clear();
    void add(const Hit& hit);
    /// The oldest of those added; in the order in which they were added.
    void remove(const Hit& hit);
    /// Of the window that ends with `last`, which was the last to be added; for temporal_ordered,
    /// which needs no removing, of what is not older than `begin_ns`.
    std::optional<rule::sigma::Millionths> value(const Hit& last, std::int64_t begin_ns) const;

    static std::size_t fixed_bytes(const rule::sigma::Correlation& correlation);

  private:
    void add_in_order(const Hit& hit);
    std::optional<rule::sigma::Millionths> percentile(const Hit& last) const;
    rule::sigma::Millionths longest_row(std::int64_t begin_ns) const;

    const rule::sigma::Correlation* correlation_;
    std::uint64_t count_ = 0;        // events
    std::uint64_t value_count_ = 0;  // events with a value, or a number
    std::uint64_t unit_events_ = 0;  // events that stand for findings of other correlations
    rule::sigma::Millionths sum_ = 0;
    std::unordered_map<base::Hash128, std::uint32_t> values_;
    std::unordered_map<std::uint64_t, std::uint32_t> units_;
    std::vector<rule::sigma::Millionths> numbers_;  // sorted
    std::vector<std::uint32_t> members_;            // events by rule
    // Latest start of a row of rules: [rule * rules + length - 1].
    std::vector<std::int64_t> starts_;
};

}  // namespace vedette::detect::sigma
