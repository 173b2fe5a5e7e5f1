// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "learn/primitive.h"

namespace vedette::learn {

struct ProjectionSettings {
    std::size_t dimensions = 1;    ///< 1 to 1,024
    std::size_t projections = 50;  ///< 1 to 256
    double memory_points = 2'000;  ///< a point weighs e times less after so many newer ones
    std::uint64_t seed = 1;
};

/// A quick first look at points of several numbers, to ask a forest only where it may matter: the
/// mean surprise, in bits, of where the point falls in histograms of random sparse projections.
///
/// How: each projection weighs about the square root of all dimensions with normal numbers; the sum
/// is put in units of its own decayed mean and spread, in bins of a quarter; counts decay.
/// Paper: T. Pevny, "LODA: Lightweight on-line detector of anomalies", Machine Learning 102(2),
/// 2016. Cost: of a score a logarithm for eight projections, of an update a root for each; 300
/// bytes a projection and 8 a weight. Error: sees only what shows in sums of few dimensions; mean
/// and spread move with the points, so bins of long ago are smeared. Not for: the last word;
/// explanations (ask the forest).
class ProjectionFilter {
  public:
    static constexpr std::string_view kKind = "projection_filter";
    static constexpr std::uint8_t kVersion = 1;

    explicit ProjectionFilter(ProjectionSettings settings);

    /// Finite numbers, as many as dimensions. 0 while nothing is known.
    double score_bits(std::span<const float> point) const;
    void update(std::span<const float> point);
    /// score_bits() and then update(), to the last bit; each sum is made once.
    double observe(std::span<const float> point);

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const;
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    static constexpr std::size_t kBins = 64;
    static constexpr double kBinsPerSpread = 4;

    struct Histogram {
        double mean = 0, variance = 0;
        double bins_per_unit = 0;  // made of the variance; 0 where there is none
        float counts[kBins] = {};
        void set_variance(double value);
    };
    struct Weight {
        std::uint32_t dimension = 0;
        float value = 0;
    };

    /// The point's sum in each projection.
    void project_all(std::span<const float> point) const;
    double score_projected() const;
    void update_projected();
    double project(std::size_t projection, std::span<const float> point) const;
    static std::size_t bin_of(const Histogram& histogram, double value);

    ProjectionSettings settings_;
    std::size_t weights_each_;
    std::vector<Weight> weights_;
    std::vector<Histogram> histograms_;
    double total_ = 0;   // of each histogram, in units of weight_
    double weight_ = 1;  // of the next point; grows, and is brought back to 1 at times
    mutable std::vector<double> sums_;  // of the point under way: not part of the state
};

}  // namespace vedette::learn
