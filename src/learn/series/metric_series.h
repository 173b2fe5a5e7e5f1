// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "learn/calibrator/calibrator.h"
#include "learn/series/pattern_book.h"
#include "learn/series/running_mean.h"

namespace vedette::learn {

/// In which ways a value of a series can be odd.
enum class SeriesPart : std::uint8_t {
    level,    ///< far from the usual level
    step,     ///< far from the value before
    season,   ///< far from what this hour of the day is used to
    shift,    ///< the last twenty values' mean has left the long one
    spread,   ///< the steps have become larger or smaller
    pattern,  ///< the last four values form a shape not seen at such an hour
};
inline constexpr std::size_t kSeriesParts = 6;
inline constexpr std::array<std::string_view, kSeriesParts> kSeriesPartNames = {
    "level", "step", "season", "shift", "spread", "pattern"};

/// What is odd about one value. `bits` is the sum of `parts` and `calibration`, exactly.
struct SeriesJudgement {
    double p = 1;     ///< chance of such a sum of parts while nothing is wrong, by its own history
    double bits = 0;  ///< for ranking and for the alarm: the size and its rarity together
    std::array<double, kSeriesParts> parts{};
    double calibration = 0;
    double expected = 0, low = 0, high = 0;  ///< 90 % interval
    double n = 0;                            ///< values before this one
    bool is_alarm = false;
};

/// Whether a value is odd for its series at its hour: one number at a time, from the first on.
///
/// Six signals, each made a p-value by a calibrator of its own; their surprise beyond what is
/// usual is added (the largest would inherit the worst of them), smoothed over two values, and the
/// sum is calibrated again. Means are over counted values (20 and 1,200), so a series of minutes
/// and one of hours are judged alike; what is learned is winsorised at four deviations. An alarm
/// needs more bits the longer a series is watched, for chances to cry add up, and keeps quiet
/// afterwards for 120 values or 2 % of what was seen.
/// Error: the interval supposes residuals that are nearly normal; p is within its calibrator's
/// error. Fewer than 31 values: nothing is odd. Values beyond 1e100 count as that.
/// Not for: several series that hang together (SisterSeries), a season other than the day's,
/// millions of series (SeriesSignals has 400 bytes).
/// Cost: 14 KiB; below 1 us an observation, no allocation.
/// Source: A. Lavin, S. Ahmad, "Evaluating real-time anomaly detection algorithms", ICMLA 2015
/// (the Numenta benchmark); R. A. Fisher's sum of logarithms of p; A. Siffer et al., KDD 2017, for
/// the tail.
class MetricSeries {
  public:
    static constexpr std::string_view kKind = "metric series";
    static constexpr std::uint8_t kVersion = 1;

    MetricSeries();
    /// Judges, then learns. `time` gives the hour only.
    SeriesJudgement observe(base::Timestamp time, double value);
    /// Bits from which a value alarms, after so many values.
    static double alarm_bits(double n);

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    static constexpr std::size_t kHours = 24, kRing = 4;
    using Signals = std::array<double, kSeriesParts>;
    double season_at(std::size_t hour) const;
    Signals signals(double value, double season, double deviation) const;
    PatternBook::Pattern pattern(double deviation, std::size_t hour) const;
    void judge_sum(SeriesJudgement& out);
    void learn(double value, std::size_t hour, double season, double deviation, double step);

    double n_ = 0;
    double last_alarm_n_ = -1;  // -1: none yet
    double last_value_ = 0;
    std::array<double, kRing> ring_{};  // newest last
    RunningMean slow_, fast_, residual_, steps_slow_, steps_fast_;
    std::array<RunningMean, kHours> hours_{};
    std::array<double, kSeriesParts> smoothed_{};
    std::array<Calibrator, kSeriesParts> tails_;
    Calibrator sum_tail_;
    PatternBook book_;
};

}  // namespace vedette::learn
