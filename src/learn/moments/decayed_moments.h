// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "learn/primitive.h"

namespace vedette::learn {

/// How quickly the past loses weight: half of it in so long.
enum class Horizon : std::uint8_t { ten_minutes, six_hours, week, sixty_days };
inline constexpr std::size_t kHorizons = 4;
inline constexpr std::array<double, kHorizons> kHalfLifeSeconds = {600, 21'600, 604'800, 5'184'000};

/// A mean, a variance, and how many observations they are worth.
struct Moments {
    double weight = 0;    ///< sum of the weights; 0: nothing is known and the others say nothing
    double mean = 0;      ///< in the unit of the values
    double variance = 0;  ///< of the values, not of the mean; its square unit; never negative
};

/// What is left after the time between two moments, over each half-life.
/// Why apart: an entity has several moments, last added to at one time and asked at another. Their
/// owner keeps one of these for all of them, and the four powers of two are found once.
class DecayBetween {
  public:
    const std::array<double, kHorizons>& of(std::int64_t from_ns, std::int64_t to_ns) {
        if (from_ns != from_ns_ || to_ns != to_ns_) renew(from_ns, to_ns);
        return left_;
    }

  private:
    void renew(std::int64_t from_ns, std::int64_t to_ns);

    std::int64_t from_ns_ = 0, to_ns_ = 0;
    std::array<double, kHorizons> left_ = {1, 1, 1, 1};
};

/// Weighted count, mean and variance of a stream of numbers over four half-lives at once. An
/// observation of age t weighs 2^(-t / half-life).
///
/// Why this: for every entity there are many of these, so they are 56 bytes; decay is applied when
/// something is added or asked, not by a clock. Sums of squares about the mean (Welford) rather
/// than raw sums, which would cancel in 32 bits. All is linear in the observations, so that one can
/// be taken out again.
/// Times may come in any order: what is late is added with the weight that it would have by now.
/// Error: against exact sums about 1e-6 of the standard deviation plus 1e-7 of the mean (32-bit
/// state). The weight stops at kMomentsWeightMax; beyond it the newest count a little more, and
/// taking out is no longer exact.
/// Not for: medians and quantiles, values with infinite variance (take their logarithm first), or
/// numbers whose mean is more than a million times their spread.
/// Cost: 56 bytes; 50 ns an update (four powers of two).
/// Source: B. P. Welford, Technometrics 4(3), 1962; T. Finch, "Incremental calculation of weighted
/// mean and variance", 2009.
class DecayedMoments {
  public:
    static constexpr std::string_view kKind = "decayed moments";
    static constexpr std::uint8_t kVersion = 1;

    /// `share`: how much the observation counts, in (0, 1]; 0 does nothing.
    void add(base::Timestamp time, double value, double share = 1) {
        DecayBetween decay;
        add(time, value, share, decay);
    }
    void add(base::Timestamp time, double value, double share, DecayBetween& decay);
    /// Takes an observation out that was added with the same time, value and share. Where more is
    /// taken out than is in, nothing is left.
    void subtract(base::Timestamp time, double value, double share = 1);

    /// Of what was added of late, observations of so much weight and that mean count as `by` less
    /// from now on: for the two longest half-lives, over which an hour ago is now.
    void lower(double weight, double mean, double by);

    /// As it is at `now`; moments do not move by time alone, only their weight does.
    Moments at(Horizon horizon, base::Timestamp now) const;
    Moments at(Horizon horizon, base::Timestamp now, DecayBetween& decay) const;
    bool is_empty() const { return last_ns_ == kNever; }
    /// Of the newest observation.
    base::Timestamp last() const { return {last_ns_}; }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    static constexpr std::int64_t kNever = INT64_MIN;
    /// Weights of an observation of that time, after the state has been brought up to it.
    std::array<double, kHorizons> weights_at(base::Timestamp time, double share,
                                             DecayBetween& decay);
    Moments of(std::size_t h) const;

    std::int64_t last_ns_ = kNever;
    std::array<float, kHorizons> weight_{}, mean_{}, squares_{};
};

/// More observations than this make a mean no better: its error is a 500th of the deviation.
inline constexpr double kMomentsWeightMax = 262'144;

/// `elapsed` in half-lives, from times that may lie 500 years apart.
double half_lives_between(std::int64_t from_ns, std::int64_t to_ns, double half_life_seconds);

}  // namespace vedette::learn
