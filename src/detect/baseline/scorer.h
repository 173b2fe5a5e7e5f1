// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "detect/standing.h"
#include "learn/calibrator/calibrator.h"
#include "learn/calibrator/uniformity.h"
#include "learn/evidence/evidence.h"
#include "rule/analytic/analytic.h"

namespace vedette::detect::baseline {

/// An entity held against somebody's past, by one measure.
struct Comparison {
    /// Whose past was asked for, and so which of a test's comparisons it is.
    rule::analytic::Against against = rule::analytic::Against::self;
    double score = 0;  ///< how odd; at least 0
    double n = 0;      ///< observations that the expectation stands on, decayed
    double expected = 0, low = 0, high = 0;  ///< in the unit of the measure; of novelty: counts
    /// Whose past made it what it is, and whose numbers these are: who has none of its own borrows.
    rule::analytic::Against decided = against;
};

/// What a test gave.
struct Outcome {
    double bits = 0;       ///< of all comparisons together; log2 of an e-value
    double p = 1;          ///< chance of so many bits while nothing is wrong, of this behaviour
    bool is_told = false;  ///< p keeps the promise
    std::vector<learn::EvidenceLine> lines;  ///< add up to bits; `part` is the comparison's index
};

/// From scores to evidence, for one behaviour and window length: each comparison by a calibrator of
/// its own, all together by the weighted mean of their e-values, and that calibrated again, because
/// only what the whole test promises can be kept.
/// Learns from every test, as far as its entity may teach (learn/influence). Deterministic.   Cost:
/// four calibrators, about 5 KB.
class Scorer {
  public:
    /// `tie`, in [0, 1), breaks ties; a hash of the test. `parent` lends scores while own ones are
    /// few; may be nullptr. `share`, in [0, 1], is how much of the test's scores is learned.
    Outcome judge(base::Timestamp time, double tie, const std::vector<Comparison>& comparisons,
                  Scorer* parent, double share = 1);

    /// How it keeps its promise: counts are added, of ratios and health the worst is kept.
    void add_to(Standing& standing) const;

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }

  private:
    struct Line {
        learn::Calibrator calibrator;
        learn::Uniformity uniformity;
    };
    static constexpr std::size_t kAgainst = 3;

    std::array<Line, kAgainst> lines_;  // by Against
    Line together_;
    std::uint64_t tests_ever_ = 0, odd_100_ever_ = 0, odd_1000_ever_ = 0;
    std::int64_t confident_ns_ = 0;  // time of the test kTestsForConfidence; 0: not yet
};

}  // namespace vedette::detect::baseline
