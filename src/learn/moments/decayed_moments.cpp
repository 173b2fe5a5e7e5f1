// SPDX-License-Identifier: Apache-2.0
#include "learn/moments/decayed_moments.h"

#include <algorithm>
#include <cmath>

#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

/// Lighter than this it tells nothing, and its mean would be lost in rounding.
constexpr double kWeightMin = 1e-6;

float narrow(double value) {
    constexpr double kMax = 3e38;
    return static_cast<float>(std::clamp(value, -kMax, kMax));
}

}  // namespace

double half_lives_between(std::int64_t from_ns, std::int64_t to_ns, double half_life_seconds) {
    return (static_cast<double>(to_ns) - static_cast<double>(from_ns)) /
           (half_life_seconds * static_cast<double>(base::kNsPerSecond));
}

void DecayBetween::renew(std::int64_t from_ns, std::int64_t to_ns) {
    from_ns_ = from_ns;
    to_ns_ = to_ns;
    for (std::size_t h = 0; h < kHorizons; ++h) {
        left_[h] = decay_of(half_lives_between(from_ns, to_ns, kHalfLifeSeconds[h]));
    }
}

std::array<double, kHorizons> DecayedMoments::weights_at(base::Timestamp time, double share,
                                                         DecayBetween& decay) {
    std::array<double, kHorizons> weights{};
    weights.fill(share);
    if (last_ns_ == kNever) {
        last_ns_ = time.unix_ns;
    } else if (time.unix_ns > last_ns_) {
        const std::array<double, kHorizons>& left = decay.of(last_ns_, time.unix_ns);
        for (std::size_t h = 0; h < kHorizons; ++h) {
            weight_[h] = narrow(weight_[h] * left[h]);
            squares_[h] = narrow(squares_[h] * left[h]);
        }
        last_ns_ = time.unix_ns;
    } else if (time.unix_ns < last_ns_) {
        const std::array<double, kHorizons>& left = decay.of(time.unix_ns, last_ns_);
        for (std::size_t h = 0; h < kHorizons; ++h) weights[h] *= left[h];
    }
    return weights;
}

void DecayedMoments::add(base::Timestamp time, double value, double share, DecayBetween& decay) {
    if (!(share > 0)) return;
    const std::array<double, kHorizons> weights = weights_at(time, share, decay);
    for (std::size_t h = 0; h < kHorizons; ++h) {
        const double weight = weight_[h] + weights[h];
        if (!(weight > kWeightMin)) continue;
        // Where nothing was known the value is the mean, whatever stood there.
        const double mean = weight_[h] > kWeightMin ? mean_[h] : value;
        const double away = value - mean;
        const double moved = mean + away * (weights[h] / weight);
        const double squares = squares_[h] + weights[h] * away * (value - moved);
        const double excess = weight > kMomentsWeightMax ? kMomentsWeightMax / weight : 1;
        weight_[h] = narrow(weight * excess);
        mean_[h] = narrow(moved);
        squares_[h] = narrow(std::max(0.0, squares * excess));
    }
}

void DecayedMoments::subtract(base::Timestamp time, double value, double share) {
    if (!(share > 0) || is_empty()) return;
    DecayBetween decay;
    const std::array<double, kHorizons> weights = weights_at(time, share, decay);
    for (std::size_t h = 0; h < kHorizons; ++h) {
        const double weight = weight_[h] - weights[h];
        if (!(weight > kWeightMin)) {
            weight_[h] = mean_[h] = squares_[h] = 0;
            continue;
        }
        const double away = value - mean_[h];
        const double moved = mean_[h] - away * (weights[h] / weight);
        const double squares = squares_[h] - weights[h] * away * (value - moved);
        weight_[h] = narrow(weight);
        mean_[h] = narrow(moved);
        squares_[h] = narrow(std::max(0.0, squares));
    }
}

void DecayedMoments::lower(double weight, double mean, double by) {
    for (const Horizon horizon : {Horizon::week, Horizon::sixty_days}) {
        const auto h = static_cast<std::size_t>(horizon);
        const double part = std::min<double>(weight, weight_[h]);
        if (!(part > kWeightMin)) continue;
        const double away = mean - mean_[h], after = away - by;
        const double moved = by * (part / weight_[h]);
        // About the old mean first, then about the new one.
        const double squares = squares_[h] + part * (after * after - away * away);
        mean_[h] = narrow(mean_[h] - moved);
        squares_[h] = narrow(std::max(0.0, squares - weight_[h] * moved * moved));
    }
}

Moments DecayedMoments::of(std::size_t h) const {
    if (is_empty() || !(weight_[h] > kWeightMin)) return {};
    return {weight_[h], mean_[h], squares_[h] / static_cast<double>(weight_[h])};
}

Moments DecayedMoments::at(Horizon horizon, base::Timestamp now) const {
    const auto h = static_cast<std::size_t>(horizon);
    Moments out = of(h);
    if (out.weight > 0 && now.unix_ns > last_ns_) {
        out.weight *= decay_of(half_lives_between(last_ns_, now.unix_ns, kHalfLifeSeconds[h]));
    }
    return out;
}

Moments DecayedMoments::at(Horizon horizon, base::Timestamp now, DecayBetween& decay) const {
    const auto h = static_cast<std::size_t>(horizon);
    Moments out = of(h);
    if (out.weight > 0 && now.unix_ns > last_ns_) out.weight *= decay.of(last_ns_, now.unix_ns)[h];
    return out;
}

void DecayedMoments::save(StateWriter& out) const {
    out.integer(last_ns_);
    for (std::size_t h = 0; h < kHorizons; ++h) {
        out.real(weight_[h]);
        out.real(mean_[h]);
        out.real(squares_[h]);
    }
}

base::Result<void> DecayedMoments::restore(StateReader& in) {
    last_ns_ = in.integer<std::int64_t>();
    for (std::size_t h = 0; h < kHorizons; ++h) {
        weight_[h] = in.real32();
        mean_[h] = in.real32();
        squares_[h] = in.real32();
    }
    auto checked = check_invariants();
    if (in.is_good() && checked) return {};
    *this = {};
    return checked ? not_ours(kKind, "it is cut short") : checked;
}

base::Result<void> DecayedMoments::check_invariants() const {
    for (std::size_t h = 0; h < kHorizons; ++h) {
        const bool is_right = weight_[h] >= 0 && weight_[h] <= kMomentsWeightMax &&
                              squares_[h] >= 0 && std::isfinite(mean_[h]) &&
                              std::isfinite(squares_[h]);
        if (!is_right) return not_ours(kKind, "a weight or variance is impossible");
        const bool is_nothing = weight_[h] == 0 && mean_[h] == 0 && squares_[h] == 0;
        if (is_empty() && !is_nothing) return not_ours(kKind, "it is empty and yet not");
    }
    return {};
}

}  // namespace vedette::learn
