// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace vedette::bench {

/// What a mistake costs: the three profiles of the Numenta benchmark.
struct NabProfile {
    double false_alarm, miss;
};
inline constexpr NabProfile kNabStandard{0.11, 1}, kNabLowFalse{0.22, 1}, kNabLowMissed{0.11, 2};

/// Where the odd windows of a file lie, and what an alarm at each point earns.
///
/// The scoring of the Numenta Anomaly Benchmark: within a window only the best alarm counts, worth
/// a sigmoid of its place (1 at the window's start, 0 at its end); outside every alarm costs, less
/// shortly after a window; the first 15 % (at most 750 points) count nothing.
/// Source: A. Lavin, S. Ahmad, "Evaluating real-time anomaly detection algorithms", ICMLA 2015, and
/// the behaviour of its published scorer.
class NabWindows {
  public:
    /// Windows by first and last time, ascending, each a time of the file.
    NabWindows(const std::vector<std::int64_t>& times_s,
               const std::vector<std::pair<std::int64_t, std::int64_t>>& windows_s);

    std::size_t size() const { return values_.size(); }
    std::size_t probation() const { return probation_; }
    bool is_in_window(std::size_t point) const { return window_of_[point] >= 0; }
    std::size_t window_count() const { return window_count_; }  ///< with a point that counts
    double raw_score(const std::vector<bool>& alarms, const NabProfile& profile) const;

  private:
    std::size_t probation_, window_count_ = 0;
    std::vector<double> values_;
    std::vector<int> window_of_;  // -1: none
};

/// 100 for all windows alarmed at once and no false alarm, 0 for silence.
double nab_normalised(double raw, std::size_t windows, const NabProfile& profile);

}  // namespace vedette::bench
