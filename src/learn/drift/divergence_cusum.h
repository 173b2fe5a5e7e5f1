// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "learn/primitive.h"

namespace vedette::learn {

/// What a run of differences amounts to. Whole steps of kBitsStep, and total() is their exact sum.
struct DivergenceRun {
    double own_bits = 0;        ///< how far it went, taken at its word
    double shared_bits = 0;     ///< taken off because others went the same way, or added
    double allowance_bits = 0;  ///< taken off because a little drift is nobody's fault; below 0
    std::uint32_t days = 0;     ///< since the run began
    std::int32_t begin = 0;     ///< the day it began
    double total() const { return own_bits + shared_bits + allowance_bits; }
};

/// Evidence that a level creeps away, one standardised difference a day: the alarm against an
/// attacker who raises his level a little each day so that no single window is odd.
///
/// A cumulative sum: S <- max(0, S + c * x - c^2 / 2), told in bits, where x is the smaller of
/// `relative` and `own` + kFallMax. `own` is how many deviations the day lay beyond the slow
/// expectation, `relative` the same less what others did. So a season that lifts everybody counts
/// for nothing, a falling one hides an attacker by no more than a deviation, and who goes on
/// working while others rest does not gather much.
/// While a difference is normal with mean 0 and deviation 1, or lighter, its step is an e-value, so
/// that b bits are reached no oftener than once in 2^b days, whatever went before. A difference
/// counts no further than kDifferenceMax, so that no single day is an alarm.
/// A run begins where S was last 0; what it says of itself adds up to S exactly.
/// Error: none; sums are whole numbers of a 1,024th of a bit, each rounded down.
/// Not for: differences that hang together from day to day (divide them by how much longer they
/// take to average out: the owner's to know), or sudden steps, which any single window shows.
/// Cost: 20 bytes; 5 ns a day.
/// Source: E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954; as e-values: J. Shin,
/// A. Ramdas, A. Rinaldo, "E-detectors", 2023; why: B. Rubinstein et al., "ANTIDOTE:
/// understanding and defending against poisoning of anomaly detectors", IMC 2009 (boiling frog).
class DivergenceCusum {
  public:
    static constexpr std::string_view kKind = "divergence sum";
    static constexpr std::uint8_t kVersion = 1;
    /// Deviations a day beyond which a difference counts no further.
    static constexpr double kDifferenceMax = 2.5;
    /// The drift, in deviations, for which it is the quickest.
    static constexpr double kShift = 0.7;
    static constexpr double kBitsMax = 1'000;
    /// By so many deviations at most the others' fall counts as this one's rise.
    static constexpr double kFallMax = 1;

    /// Days in order. NaN is not handed in.
    void add(std::int32_t day, double own, double relative);
    void clear() { *this = DivergenceCusum(); }

    DivergenceRun run() const;
    double bits() const;

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    std::int32_t sum() const { return own_ + shared_ + allowance_; }

    std::int32_t own_ = 0, shared_ = 0, allowance_ = 0;  // of kBitsStep
    std::int32_t begin_ = 0;
    std::uint32_t days_ = 0;  // 0: no run
};

}  // namespace vedette::learn
