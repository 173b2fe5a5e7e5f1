// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "learn/primitive.h"

namespace vedette::learn {

/// How odd the values of several series are together. `parts` add up to `score`.
struct SisterJudgement {
    double score = 0;           ///< smoothed; about 0.7 where nothing is wrong, see kSisterAlarm
    std::vector<double> parts;  ///< one for each series
};

/// Whether series that hang together (pressures and flows of one plant, counters of one machine)
/// move as they did while they were learned from.
///
/// Learned from a stretch that is taken for harmless: mean and scatter of each series, and the axes
/// of their joint movement over three rows at a time (now and the two before). Then a row is odd by
/// how far it goes along the usual axes (Hotelling's T2) and by how far it leaves them (Q), each
/// measured by what 99 of 100 learned rows kept below; score is the smoothed log(1 + T2 + Q).
/// A series that did not move while it was learned is left out. Values count no further than eight
/// deviations, so that one broken sensor is one broken sensor.
/// Error: rounding in the axes, which are found by Jacobi's method to 1e-12 of the largest.
/// Not for: learning on the way (begin anew instead), one series alone (MetricSeries), or series
/// that drift: drift is odd for this.
/// Cost, by `vedette-bench learn`: to learn 2,000 rows and settle 6 ms for sixteen series and 39 ms
/// for forty; a row 0.7 and 2.2 us where few axes are usual, at most (3 * series)^2
/// multiplications. Memory: 3 and 8 KB then, at most 8 * (3 * series)^2 bytes; while it learns 8
/// bytes a number. Source: H. Hotelling, 1947; J. E. Jackson, G. S. Mudholkar, "Control procedures
/// for residuals associated with principal component analysis", Technometrics 21(3), 1979; lags: W.
/// Ku, R. H. Storer, C. Georgakis, 1995; contributions: P. Miller et al., 1998.
class SisterSeries {
  public:
    static constexpr std::string_view kKind = "sister series";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr std::size_t kLags = 3, kSeriesMax = 64, kRowsMax = 20'000;

    /// `series`: how many, from 1 to kSeriesMax.
    explicit SisterSeries(std::size_t series);

    /// A row to learn from, in order. After kRowsMax rows nothing more is taken.
    void learn(std::span<const double> row);
    /// Ends learning. False, and nothing is judged, if there were fewer than twenty rows or no
    /// series moved.
    bool settle();
    bool is_settled() const { return is_settled_; }
    /// Of a row after settle(), in order.
    SisterJudgement judge(std::span<const double> row);

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const;
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    std::size_t size() const { return kLags * series_; }
    std::vector<double> standardised(std::span<const double> row) const;
    /// The lagged vector with `row` as its newest.
    std::vector<double> push(std::vector<double> row);
    void find_axes(const std::vector<std::vector<double>>& vectors);
    struct Parts {
        double along = 0, off = 0;  // T2 and Q
        std::vector<double> along_parts, off_parts;
    };
    Parts parts_of(const std::vector<double>& vector) const;

    std::size_t series_;
    bool is_settled_ = false;
    std::vector<double> learned_;         // rows one behind the other, until settle()
    std::vector<double> means_, scales_;  // of each series; scale 0: left out
    std::vector<double> axes_;            // the usual ones, one behind the other
    std::vector<double> variances_;       // along them
    double along_limit_ = 1, off_limit_ = 1;
    std::vector<double> recent_;  // the last lags, standardised, newest first
    double smoothed_ = 0;
    bool has_smoothed_ = false;
};

/// Scores above it are taken for an alarm.
inline constexpr double kSisterAlarm = 1.25;

}  // namespace vedette::learn
