// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "learn/moments/decayed_moments.h"
#include "learn/moments/seasonal_moments.h"
#include "learn/primitive.h"

namespace vedette::learn {

/// In how many ways a value of a series can be odd. All in deviations, signed; 0 while nothing is
/// known. Each wants a calibrator of its own; for one answer, add evidence, do not take the
/// largest.
struct SeriesScores {
    double level = 0;        ///< from the mean of sixty days, seasons and all
    double difference = 0;   ///< the step from the value before, among such steps
    double residual = 0;     ///< from what this hour of the week is used to
    double shift_short = 0;  ///< the last ten minutes' mean from the last hours', seasons taken off
    double shift_long = 0;   ///< the last hours' mean from the last week's, seasons taken off
};

/// What is odd about the newest value of a metric series: processor load, requests, failed logins
/// in ten minutes. A gentle shift that no single value shows moves the means apart.
///
/// A shift is told in standard errors of the two means, from the weights that these have left.
/// Values within it are winsorised and learned with (1 - risk) as in SeasonalMoments.
/// Error: standard errors suppose that values are independent; those of a real series hang
/// together, so shifts are larger than their name says until a calibrator has seen them.
/// Not for: series whose season is not the week's; several series at once (use a forest).
/// Cost: 408 bytes; 190 ns.
/// Source: which signals: the best five of trials on the Numenta benchmark; two time scales: E. S.
/// Page, Biometrika 41, 1954, with decay in the place of windows.
class SeriesSignals {
  public:
    static constexpr std::string_view kKind = "series signals";
    static constexpr std::uint8_t kVersion = 1;

    /// Scores, then learns. Parameters as in SeasonalMoments::update().
    SeriesScores observe(base::Timestamp time, double value, double risk, double resolution,
                         const SeasonalMoments* peers);
    const SeasonalMoments& seasonal() const { return seasonal_; }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    SeasonalMoments seasonal_;
    DecayedMoments plain_, differences_;
    double last_value_ = 0;
};

}  // namespace vedette::learn
