// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "learn/primitive.h"

namespace vedette::learn {

/// What a score is worth.
struct Calibrated {
    double p = 1;          ///< chance of a score at least so high while nothing is wrong; above 0
    double n = 0;          ///< scores it was compared with, decayed
    double smallest = 1;   ///< smallest p that comparing alone can give: 1 / (n + 1)
    bool is_tail = false;  ///< p comes from the shape of the tail: nothing, or hardly anything, was
                           ///< ever so high
    double parent_share = 0;  ///< in [0, 1], of the compared scores that the parent lent
};

/// Turns the scores of one detector in one segment into p-values that mean what they say.
///
/// Rolling conformal: a score is compared with all scores before it, the newest weighing most.
/// While scores are exchangeable, p is uniform whatever the detector and its distribution; when
/// they drift, it becomes so again within a half-life. 256 bins, eight to a power of two from 2^-8
/// to 2^24; scores in one bin are ties. A tie is broken by a number the caller gives (a hash of the
/// event), which makes p exactly uniform, or counted against (1), which makes it larger.
/// Fewer than ten as high: a generalised Pareto tail, fitted over the highest 2 percent (at least
/// 20 scores; up to 10 percent of few), goes on from the tenth. It is no lighter than exponential,
/// is taken half a standard error heavier than fitted, and never gives less than a hundredth of
/// `smallest`.
/// Scores go in as they are: clipping them ruins the tail. Confirmed attacks are taken out.
/// Scores are at least 0, larger is odder. Ask first, insert then; a time that is late counts as if
/// it were now.
/// Error: binning loses differences below 6 to 12 percent of a score. Where the true tail is
/// heavier than Pareto with index 0.9, or has steps beyond what was seen, tail p-values are wrong.
/// Not for: scores with a few distinct values (ask with tie 1), or fewer than 20 scores (the
/// parent).
/// Cost: 1,224 bytes; asking and inserting together 56 ns.
/// Source: V. Vovk, A. Gammerman, G. Shafer, "Algorithmic learning in a random world", 2005, ch. 2
/// (smoothed conformal predictors); S. Bates et al., "Testing for outliers with conformal
/// p-values", Annals of Statistics 51(1), 2023; the tail: J. R. M. Hosking, J. R. Wallis,
/// Technometrics 29(3), 1987 (probability-weighted moments); its use: A. Siffer et al., KDD 2017.
class Calibrator {
  public:
    static constexpr std::string_view kKind = "calibrator";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr std::size_t kBins = 256;

    explicit Calibrator(double half_life_seconds = 604'800);

    /// `tie`, in [0, 1]. `parent`, which may be nullptr, lends its scores while own ones are few:
    /// all of them to one that has none, none to one that has kOwnEnough.
    Calibrated ask(double score, double tie, const Calibrator* parent) const;
    void insert(base::Timestamp time, double score, double weight = 1);
    /// Takes out what was inserted with the same arguments.
    void subtract(base::Timestamp time, double score, double weight = 1);
    /// Sum of the weights.
    double mass() const { return mass_; }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    static constexpr std::int64_t kNever = INT64_MIN;
    static constexpr std::size_t kBlock = 16, kBlocks = kBins / kBlock;
    struct Tail {
        double threshold = 0, scale = 0, shape = 0;  // scale 0: none
        double anchor = 0;                           // where ten are as high
        double log2_at_anchor = 0;                   // of p there less that of the fitted tail
    };
    double bring_up(base::Timestamp time);
    void change(std::size_t bin, double by);
    void sum_all();
    double above(std::size_t bin) const;
    void fit();
    void fit_from(std::size_t first, double tail_mass);
    double tail_p(double score) const;

    double half_life_seconds_, half_lives_per_ns_;
    std::int64_t last_ns_ = kNever;
    double since_fit_ = 0;  // mass that came since the tail was fitted
    Tail tail_;
    std::array<float, kBins> bins_{};
    std::array<float, kBlocks> blocks_{};  // mass of sixteen bins each; made of bins_
    double mass_ = 0;                      // made of blocks_
};

/// With so many scores of its own a segment asks its parent no longer.
inline constexpr double kOwnEnough = 500;

}  // namespace vedette::learn
