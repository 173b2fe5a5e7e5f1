// SPDX-License-Identifier: Apache-2.0
#include "learn/series/metric_series.h"

#include <algorithm>
#include <cmath>

#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

// One configuration for every series. Chosen as the middle of a plateau over 31 labelled files;
// leaving any one of them out or doubling it moves the benchmark by one or two points.
constexpr double kSlow = 1.0 / 1'200, kFast = 1.0 / 20, kHourRate = 1.0 / 200;
constexpr double kSpreadSlow = 1.0 / 600, kSpreadFast = 1.0 / 40;
constexpr double kHourTrust = 50;  // values after which an hour's mean counts half
constexpr double kTailHalfLife = 5'000, kSumHalfLife = 10'000;  // in values
constexpr double kWinsor = 4, kStepsWinsor = 8;
constexpr double kUsualBits = kLog2OfE;  // a part is asked for more than its mean surprise
constexpr std::array<double, kSeriesParts> kWeights = {1, 0.5, 1, 1, 0.5, 1};
constexpr double kSmooth = 0.5;
constexpr double kSizeShare = 0.15, kRarityShare = 0.5;
constexpr double kNovelBits = 5 * kLog2OfE;
constexpr double kFirst = 30;  // values before anything is judged
constexpr double kHourWeight = 0.5;
constexpr double kAlarmBits = 5.05, kAlarmPerDoubling = 0.6;
constexpr double kQuietMin = 120, kQuietShare = 0.02;
constexpr double kValueMax = 1e100, kSignalMax = 1e6;
constexpr double kInterval = 1.645;

/// Cosines of the 24 hours on the clock face; the sine is the cosine six hours before.
constexpr std::array<double, 24> kClock = [] {
    std::array<double, 24> out{};
    for (int hour = 0; hour < 24; ++hour) {
        const double x = (hour <= 12 ? hour : 24 - hour) * 3.14159265358979323846 / 12;
        double term = 1, sum = 1;
        for (int k = 1; k < 20; ++k) {
            term *= -x * x / ((2 * k - 1) * (2 * k));
            sum += term;
        }
        out[static_cast<std::size_t>(hour)] = sum;
    }
    return out;
}();

double bits_of(const Calibrator& tail, double signal) {
    return -fixed_log2(tail.ask(std::abs(signal), 0.5, nullptr).p);
}

std::size_t hour_of(base::Timestamp time) {
    constexpr std::int64_t kHourNs = 3'600 * base::kNsPerSecond;
    const std::int64_t hour = (time.unix_ns / kHourNs) % 24;
    return static_cast<std::size_t>(hour < 0 ? hour + 24 : hour);
}

}  // namespace

MetricSeries::MetricSeries() : sum_tail_(kSumHalfLife) { tails_.fill(Calibrator(kTailHalfLife)); }

double MetricSeries::alarm_bits(double n) {
    return kAlarmBits + kAlarmPerDoubling * fixed_log2(std::max(n, 1.0) / 1'000);
}

double MetricSeries::season_at(std::size_t hour) const {
    const RunningMean& usual = hours_[hour];
    return usual.mean * usual.count / (usual.count + kHourTrust);
}

PatternBook::Pattern MetricSeries::pattern(double deviation, std::size_t hour) const {
    PatternBook::Pattern out{};
    for (std::size_t i = 0; i < kRing; ++i) {
        out[i] = std::clamp((ring_[i] - slow_.mean) / deviation, -kSignalMax, kSignalMax);
    }
    out[kRing] = kHourWeight * kClock[hour];
    out[kRing + 1] = kHourWeight * kClock[(hour + 18) % 24];
    return out;
}

MetricSeries::Signals MetricSeries::signals(double value, double season, double deviation) const {
    Signals out{};
    out[0] = (value - slow_.mean) / deviation;
    out[1] = (value - last_value_) / deviation;
    out[2] = (value - slow_.mean - season) / deviation;
    out[3] = (fast_.mean - slow_.mean - season) / deviation;
    const double slow = steps_slow_.variance + 1e-12;
    out[4] = fixed_ln((steps_fast_.variance + 1e-9 * slow) / slow);
    for (double& signal : out) signal = std::clamp(signal, -kSignalMax, kSignalMax);
    return out;
}

void MetricSeries::judge_sum(SeriesJudgement& out) {
    double sum = 0;
    for (std::size_t i = 0; i < kSeriesParts; ++i) {
        smoothed_[i] += kSmooth * (out.parts[i] - smoothed_[i]);
        sum += smoothed_[i];
    }
    out.p = sum_tail_.ask(sum, 0.5, nullptr).p;
    out.calibration = -kRarityShare * fixed_log2(out.p);
    for (std::size_t i = 0; i < kSeriesParts; ++i) {
        out.parts[i] = kSizeShare * smoothed_[i];
        out.bits += out.parts[i];
    }
    out.bits += out.calibration;
    sum_tail_.insert({static_cast<std::int64_t>(n_) * base::kNsPerSecond}, sum);
}

SeriesJudgement MetricSeries::observe(base::Timestamp time, double value) {
    value = std::clamp(value, -kValueMax, kValueMax);
    const std::size_t hour = hour_of(time);
    if (n_ == 0) {
        last_value_ = value;
        ring_.fill(value);
    }
    std::copy(ring_.begin() + 1, ring_.end(), ring_.begin());
    ring_.back() = value;
    const double season = season_at(hour);
    const double deviation = slow_.deviation() + 1e-9 * std::abs(slow_.mean) + 1e-12;
    SeriesJudgement out;
    out.n = n_;
    out.expected = slow_.mean + season;
    out.low = out.expected - kInterval * residual_.deviation();
    out.high = out.expected + kInterval * residual_.deviation();
    double step = 0;
    if (n_ > kFirst) {
        Signals all = signals(value, season, deviation);
        step = all[1];
        const PatternBook::Pattern shape = pattern(deviation, hour);
        const PatternBook::Nearest nearest = book_.nearest(shape);
        all[5] = nearest.distance;
        const base::Timestamp now{static_cast<std::int64_t>(n_) * base::kNsPerSecond};
        double pattern_bits = 0;
        for (std::size_t i = 0; i < kSeriesParts; ++i) {
            const double bits = tails_[i].mass() < 10 ? 0 : bits_of(tails_[i], all[i]);
            if (i + 1 == kSeriesParts) pattern_bits = bits;
            out.parts[i] = kWeights[i] * std::max(0.0, bits - kUsualBits);
            tails_[i].insert(now, std::abs(all[i]));
        }
        book_.learn(shape, nearest, book_.size() < 4 || pattern_bits > kNovelBits);
        judge_sum(out);
    }
    const bool is_quiet =
        last_alarm_n_ >= 0 && n_ - last_alarm_n_ <= std::max(kQuietMin, kQuietShare * n_);
    out.is_alarm = n_ > kFirst && !is_quiet && out.bits >= alarm_bits(n_ + 1);
    if (out.is_alarm) last_alarm_n_ = n_;
    learn(value, hour, season, deviation, step);
    return out;
}

void MetricSeries::learn(double value, std::size_t hour, double season, double deviation,
                         double step) {
    const double reach = kWinsor * deviation;
    const double kept = n_ > 20 ? std::clamp(value, slow_.mean - reach, slow_.mean + reach) : value;
    residual_.add(kept - slow_.mean - season, kSlow);
    hours_[hour].add(kept - slow_.mean, kHourRate);
    slow_.add(kept, kSlow);
    fast_.add(value, kFast);
    steps_slow_.add(std::clamp(step, -kWinsor, kWinsor), kSpreadSlow);
    steps_fast_.add(std::clamp(step, -kStepsWinsor, kStepsWinsor), kSpreadFast);
    last_value_ = value;
    n_ = std::min(n_ + 1, 4e9);
}

void MetricSeries::save(StateWriter& out) const {
    for (const double number : {n_, last_alarm_n_, last_value_}) out.real(number);
    for (const double value : ring_) out.real(value);
    for (const RunningMean* mean : {&slow_, &fast_, &residual_, &steps_slow_, &steps_fast_}) {
        mean->save(out);
    }
    for (const RunningMean& mean : hours_) mean.save(out);
    for (const double value : smoothed_) out.real(value);
    for (const Calibrator& tail : tails_) tail.save(out);
    sum_tail_.save(out);
    book_.save(out);
}

base::Result<void> MetricSeries::restore(StateReader& in) {
    const auto read = [&]() -> base::Result<void> {
        for (double* number : {&n_, &last_alarm_n_, &last_value_}) *number = in.real64();
        for (double& value : ring_) value = in.real64();
        for (RunningMean* mean : {&slow_, &fast_, &residual_, &steps_slow_, &steps_fast_}) {
            mean->restore(in);
        }
        for (RunningMean& mean : hours_) mean.restore(in);
        for (double& value : smoothed_) value = in.real64();
        for (Calibrator& tail : tails_) VD_TRY_DO(tail.restore(in));
        VD_TRY_DO(sum_tail_.restore(in));
        VD_TRY_DO(book_.restore(in));
        if (!in.is_good()) return not_ours(kKind, "it is cut short");
        return check_invariants();
    };
    auto done = read();
    if (!done) *this = MetricSeries();
    return done;
}

base::Result<void> MetricSeries::check_invariants() const {
    const bool is_counted = n_ >= 0 && n_ <= 4e9 && last_alarm_n_ >= -1 && last_alarm_n_ <= n_;
    if (!is_counted) return not_ours(kKind, "its count is impossible");
    const auto is_value = [](double value) { return std::abs(value) <= kValueMax; };
    if (!is_value(last_value_) || !std::all_of(ring_.begin(), ring_.end(), is_value)) {
        return not_ours(kKind, "a value is impossible");
    }
    const auto is_mean = [](const RunningMean& mean) {
        return mean.is_right() && std::abs(mean.mean) <= 1e103 && mean.variance <= 1e206;
    };
    for (const RunningMean* mean : {&slow_, &fast_, &residual_, &steps_slow_, &steps_fast_}) {
        if (!is_mean(*mean)) return not_ours(kKind, "a mean is impossible");
    }
    if (!std::all_of(hours_.begin(), hours_.end(), is_mean)) {
        return not_ours(kKind, "an hour is impossible");
    }
    for (const double value : smoothed_) {
        if (!(value >= 0 && value <= 1e4)) return not_ours(kKind, "a part is impossible");
    }
    for (const Calibrator& tail : tails_) VD_TRY_DO(tail.check_invariants());
    VD_TRY_DO(sum_tail_.check_invariants());
    return book_.check_invariants();
}

}  // namespace vedette::learn
