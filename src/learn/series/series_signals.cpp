// SPDX-License-Identifier: Apache-2.0
#include "learn/series/series_signals.h"

#include <algorithm>
#include <cmath>

namespace vedette::learn {

namespace {

/// With fewer there is no deviation to measure by.
constexpr double kWeightMin = 8;
constexpr double kScoreMax = 1e6;

double deviation_of(const Moments& moments, double resolution) {
    return std::max(std::sqrt(moments.variance), resolution / 4);
}

double in_deviations(double distance, double deviation) {
    return std::clamp(distance / deviation, -kScoreMax, kScoreMax);
}

double distance_from(const Moments& moments, double value, double resolution) {
    if (moments.weight < kWeightMin) return 0;
    return in_deviations(value - moments.mean, deviation_of(moments, resolution));
}

/// The fast mean from the slow one, in standard errors of their difference.
double shift(const Moments& fast, const Moments& slow, double resolution) {
    if (fast.weight < 1 || slow.weight < kWeightMin) return 0;
    const double error =
        deviation_of(slow, resolution) * std::sqrt(1 / fast.weight + 1 / slow.weight);
    return in_deviations(fast.mean - slow.mean, error);
}

/// No further from the mean than counts.
double winsorised(const Moments& moments, double value, double resolution) {
    if (moments.weight < kWeightMin) return value;
    const double reach = kWinsorDeviations * deviation_of(moments, resolution);
    return std::clamp(value, moments.mean - reach, moments.mean + reach);
}

}  // namespace

SeriesScores SeriesSignals::observe(base::Timestamp time, double value, double risk,
                                    double resolution, const SeasonalMoments* peers) {
    const double share = 1 - std::clamp(risk, 0.0, 1.0);
    const Moments plain = plain_.at(Horizon::sixty_days, time);
    const Moments steps = differences_.at(Horizon::sixty_days, time);
    const Expectation usual = seasonal_.expected(time, resolution, peers);
    SeriesScores scores;
    scores.level = distance_from(plain, value, resolution);
    const bool has_step = !plain_.is_empty() && time > plain_.last();
    const double step = value - last_value_;
    if (has_step) scores.difference = distance_from(steps, step, resolution);
    if (usual.weight >= kWeightMin) {
        scores.residual = in_deviations(value - usual.value, usual.deviation);
    }
    seasonal_.update(time, value, risk, resolution);
    plain_.add(time, winsorised(plain, value, resolution), share);
    if (has_step) differences_.add(time, winsorised(steps, step, resolution), share);
    if (!(time < plain_.last())) last_value_ = value;
    const Moments fast = seasonal_.residual(Horizon::ten_minutes, time);
    const Moments hours = seasonal_.residual(Horizon::six_hours, time);
    const Moments week = seasonal_.residual(Horizon::week, time);
    scores.shift_short = shift(fast, hours, resolution);
    scores.shift_long = shift(hours, week, resolution);
    return scores;
}

void SeriesSignals::save(StateWriter& out) const {
    seasonal_.save(out);
    plain_.save(out);
    differences_.save(out);
    out.real(last_value_);
}

base::Result<void> SeriesSignals::restore(StateReader& in) {
    const auto read = [&]() -> base::Result<void> {
        VD_TRY_DO(seasonal_.restore(in));
        VD_TRY_DO(plain_.restore(in));
        VD_TRY_DO(differences_.restore(in));
        last_value_ = in.real64();
        if (!in.is_good()) return not_ours(kKind, "it is cut short");
        return check_invariants();
    };
    auto done = read();
    if (!done) *this = {};
    return done;
}

base::Result<void> SeriesSignals::check_invariants() const {
    VD_TRY_DO(seasonal_.check_invariants());
    VD_TRY_DO(plain_.check_invariants());
    VD_TRY_DO(differences_.check_invariants());
    const bool is_right = std::isfinite(last_value_) && (!plain_.is_empty() || last_value_ == 0);
    if (!is_right) return not_ours(kKind, "its last value is impossible");
    return {};
}

}  // namespace vedette::learn
