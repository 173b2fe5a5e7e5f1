// SPDX-License-Identifier: Apache-2.0
#include "learn/moments/seasonal_moments.h"

#include <algorithm>
#include <cmath>

namespace vedette::learn {

namespace {

/// Observations over which the peers fade.
constexpr double kPeersWeight = 5;
/// Before so many are known there is no deviation to clip by.
constexpr double kWinsorFrom = 8;
/// In an hour that was never seen the first morning after the first night must be believed.
constexpr double kWinsorUnknownHour = 10 * kWinsorDeviations;
/// Of a normal distribution nine of ten lie so many deviations about the mean.
constexpr double kNineOfTen = 1.6448536269514722;
constexpr double kValueMax = 1e30;

std::int32_t hour_since_1970(base::Timestamp time) {
    constexpr std::int64_t kHourNs = 3'600 * base::kNsPerSecond;
    return static_cast<std::int32_t>(time.unix_ns / kHourNs - (time.unix_ns % kHourNs < 0 ? 1 : 0));
}

/// The longest memory that knows enough: a week's, or what there is.
Moments level_of(const DecayedMoments& moments, base::Timestamp now) {
    const Moments week = moments.at(Horizon::week, now);
    if (week.weight >= kWinsorFrom) return week;
    return moments.at(Horizon::sixty_days, now);
}

/// The same, with powers of two that are kept for the next.
Moments level_of(const DecayedMoments& moments, base::Timestamp now, DecayBetween& decay) {
    const Moments week = moments.at(Horizon::week, now, decay);
    if (week.weight >= kWinsorFrom) return week;
    return moments.at(Horizon::sixty_days, now, decay);
}

}  // namespace

Expectation SeasonalMoments::expected(base::Timestamp time, double resolution,
                                      const SeasonalMoments* peers) const {
    return expected_of(level_of(moments_, time), hour_of_week(time), resolution, time, peers);
}

Expectation SeasonalMoments::expected_of(const Moments& own, std::uint32_t hour, double resolution,
                                         base::Timestamp time, const SeasonalMoments* peers) const {
    const double own_distance = profile_.distance(hour);
    const double smallest = resolution / 4;  // deviation of what has none
    Expectation out;
    out.weeks_of_hour = profile_.weeks(hour);
    out.weight = own.weight;
    out.own_share = own.weight > 0 ? 1 : 0;
    double value = own.mean + own_distance, variance = own.variance;
    if (peers != nullptr && !peers->is_empty()) {
        const Moments theirs = level_of(peers->moments_, time);
        if (theirs.weight > 0) {
            // As if some of the peers' observations were its own.
            const double lent = std::min(theirs.weight, kPeersWeight);
            out.own_share = own.weight / (own.weight + lent);
            const double their_distance = peers->profile_.distance(hour);
            const double distance = out.weeks_of_hour > 0 ? own_distance : their_distance;
            const double apart = own.mean - theirs.mean;
            value = theirs.mean + out.own_share * (own.weight > 0 ? apart : 0) + distance;
            variance = out.own_share * own.variance + (1 - out.own_share) * theirs.variance;
            if (own.weight > 0) variance += out.own_share * (1 - out.own_share) * apart * apart;
            out.weight += theirs.weight;
        }
    }
    if (out.weight <= 0) return {};
    // A mean of few is off by itself, and a variance of few is too small.
    const double few = 1 + 1 / std::max(out.weight, 0.5);
    out.value = value;
    out.deviation = std::max(std::sqrt(std::max(variance, 0.0) * few), smallest);
    out.low = value - kNineOfTen * out.deviation;
    out.high = value + kNineOfTen * out.deviation;
    return out;
}

Contribution SeasonalMoments::update(base::Timestamp time, double value, double risk,
                                     double resolution) {
    DecayBetween decay;
    const double share = 1 - std::clamp(risk, 0.0, 1.0);
    if (!(share > 0)) return {};
    return learn(time, value, share, resolution, level_of(moments_, time, decay), decay);
}

Contribution SeasonalMoments::update_group(base::Timestamp time, double value, double share,
                                           double resolution) {
    DecayBetween decay;
    if (!(share > 0)) return {};
    return learn(time, value, share, resolution, level_of(moments_, time, decay), decay, true);
}

Met SeasonalMoments::meet(base::Timestamp time, double value, double risk, double resolution,
                          const SeasonalMoments* peers, DecayBetween& decay) {
    const Moments own = level_of(moments_, time, decay);
    Met out;
    out.expected = expected_of(own, hour_of_week(time), resolution, time, peers);
    const double share = 1 - std::clamp(risk, 0.0, 1.0);
    if (share > 0) out.learned = learn(time, value, share, resolution, own, decay);
    return out;
}

Contribution SeasonalMoments::learn(base::Timestamp time, double value, double share,
                                    double resolution, const Moments& own, DecayBetween& decay,
                                    bool is_group) {
    value = std::clamp(value, -kValueMax, kValueMax);
    const std::uint32_t hour_in_week = hour_of_week(time);
    const Expectation usual = expected_of(own, hour_in_week, resolution, time, nullptr);
    if (usual.weight >= kWinsorFrom) {
        const bool is_hour_known = usual.weeks_of_hour > 0 || is_group;
        const double reach =
            (is_hour_known ? kWinsorDeviations : kWinsorUnknownHour) * usual.deviation;
        value = std::clamp(value, usual.value - reach, usual.value + reach);
    }
    const std::int32_t hour = hour_since_1970(time);
    if (hour_ == kNoHour) hour_ = hour;
    if (hour > hour_) {
        end_hour(resolution);
        hour_ = hour;
    }
    if (hour == hour_) {
        hour_weight_ = static_cast<float>(hour_weight_ + share);
        hour_sum_ = static_cast<float>(hour_sum_ + share * value);
    }
    const Contribution learned = {time, value - profile_.distance(hour_in_week), share, value};
    moments_.add(time, learned.value, share, decay);
    return learned;
}

void SeasonalMoments::end_hour(double resolution) {
    const Moments level = level_of(moments_, moments_.last());
    // Before anything is known for a while every hour lies on the level.
    if (hour_weight_ > 0 && level.weight > kWinsorFrom) {
        constexpr std::int64_t kHourNs = 3'600 * base::kNsPerSecond;
        const double mean = hour_sum_ / static_cast<double>(hour_weight_);
        const double deviation = std::max(std::sqrt(level.variance), resolution / 4);
        const std::uint32_t hour = hour_of_week({hour_ * kHourNs});
        const bool is_first = profile_.weeks(hour) == 0;
        profile_.learn(hour, mean - level.mean, deviation);
        if (is_first) moments_.lower(hour_weight_, mean, profile_.distance(hour));
    }
    hour_weight_ = hour_sum_ = 0;
}

void SeasonalMoments::subtract(const Contribution& learned) {
    if (!(learned.share > 0)) return;
    moments_.subtract(learned.time, learned.value, learned.share);
    if (hour_since_1970(learned.time) != hour_) return;
    const double weight = hour_weight_ - learned.share;
    const double sum = hour_sum_ - learned.share * learned.raw;
    const bool is_left = weight > 1e-6;
    hour_weight_ = is_left ? static_cast<float>(weight) : 0;
    hour_sum_ = is_left ? static_cast<float>(sum) : 0;
}

void SeasonalMoments::save(StateWriter& out) const {
    moments_.save(out);
    profile_.save(out);
    out.integer(hour_);
    out.real(hour_weight_);
    out.real(hour_sum_);
}

base::Result<void> SeasonalMoments::restore(StateReader& in) {
    const auto read = [&]() -> base::Result<void> {
        VD_TRY_DO(moments_.restore(in));
        VD_TRY_DO(profile_.restore(in));
        hour_ = in.integer<std::int32_t>();
        hour_weight_ = in.real32();
        hour_sum_ = in.real32();
        if (!in.is_good()) return not_ours(kKind, "it is cut short");
        return check_invariants();
    };
    auto done = read();
    if (!done) *this = {};
    return done;
}

base::Result<void> SeasonalMoments::check_invariants() const {
    VD_TRY_DO(moments_.check_invariants());
    VD_TRY_DO(profile_.check_invariants());
    const bool is_hour =
        hour_ >= hour_since_1970({INT64_MIN}) && hour_ <= hour_since_1970({INT64_MAX});
    const bool is_idle = hour_ == kNoHour && hour_weight_ == 0;
    if ((!is_hour && !is_idle) || !(hour_weight_ >= 0) || (hour_weight_ == 0 && hour_sum_ != 0)) {
        return not_ours(kKind, "the hour in progress is impossible");
    }
    return {};
}

}  // namespace vedette::learn
