// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "learn/evidence/evidence.h"
#include "learn/primitive.h"

namespace vedette::learn {

/// What one addition did to a running sum: at most four lines, which add up to after - before.
struct EvidenceStep {
    double before = 0, after = 0;
    std::array<EvidenceLine, 4> lines;
    std::size_t line_count = 0;
};

/// Evidence about one entity over time.
///
/// E <- max(1, E * 2^(-time / half-life) * e), told in bits: a bit is lost in every half-life, what
/// an event says is added, and the sum does not fall below 0. One family of detectors adds no more
/// than `cap` bits net a day (UTC), so that a hundred findings of one kind are not a hundred times
/// the evidence; what it says against counts in full and gives its room back.
/// Of harmless events the sum is a random walk that drifts down and is held at 0. Chance lifts it
/// to b bits once in about 2^b events. It does not grow with time: the test of a thousand busy
/// benign entities over ninety days shows it.
/// Families are numbered; those that are equal modulo 8 share a cap. A late event counts as if it
/// were now.
/// Error: none; sums are whole numbers of kBitsStep. Decay is rounded down and the rest is kept.
/// Not for: independent families within one event (add their bits before), or probabilities.
/// Cost: 48 bytes; 20 ns.
/// Source: the e-detector of J. Shin, A. Ramdas, A. Rinaldo, "E-detectors: a nonparametric
/// framework for sequential change detection", 2023, with decay.
class RunningEvidence {
  public:
    static constexpr std::string_view kKind = "running evidence";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr std::size_t kFamilies = 8;

    struct Settings {
        double half_life_seconds = 21'600;  ///< in which a bit is lost; six hours
        double cap_bits = 20;               ///< a family and day; 1 to 1,000
    };

    EvidenceStep add(base::Timestamp time, std::uint32_t family, double bits,
                     const Settings& settings);
    double bits(base::Timestamp now, const Settings& settings) const;

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    static constexpr std::int64_t kNever = INT64_MIN;
    /// Steps that decay takes until `now`.
    std::int64_t lost(base::Timestamp now, const Settings& settings) const;

    std::int64_t last_ns_ = kNever;  // up to which decay has been taken
    std::int32_t steps_ = 0;         // of kBitsStep
    std::int32_t day_ = INT32_MIN;
    std::array<std::int32_t, kFamilies> said_{};  // of the day, in steps
};

}  // namespace vedette::learn
