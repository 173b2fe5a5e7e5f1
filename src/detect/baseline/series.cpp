// SPDX-License-Identifier: Apache-2.0
// Metric series: each sample is judged by what its own series was before it.

#include <algorithm>

#include "detect/baseline/baseline.h"
#include "learn/random.h"

namespace vedette::detect::baseline {

using rule::analytic::Against;
using rule::analytic::Analytic;
using rule::analytic::Direction;
using rule::analytic::Measure;

namespace {

std::uint64_t series_key(std::uint64_t behaviour, std::uint64_t entity) {
    return learn::pair_key(learn::pair_key(behaviour, 0x736572696573), entity);
}

/// The value to judge, and the profile as it is after it. Nothing for the first value of a counter
/// and for one that began anew.
std::optional<double> value_of(Measure measure, SeriesProfile& profile, base::Timestamp time,
                               double number) {
    const base::Timestamp before = profile.last;
    const double value_before = profile.last_value;
    const bool was_begun = profile.is_begun;
    profile.is_begun = true;
    profile.last = time;
    profile.last_value = number;
    if (measure == Measure::series) return number;
    if (!was_begun || number < value_before) return std::nullopt;
    const double seconds = static_cast<double>(time.unix_ns - before.unix_ns) / 1e9;
    const double rate = (number - value_before) / seconds;
    return std::isfinite(rate) ? std::optional(rate) : std::nullopt;
}

bool is_odd_way(Direction direction, double value, double expected) {
    switch (direction) {
        case Direction::high: return value > expected;
        case Direction::low: return value < expected;
        case Direction::both: return true;
    }
    return false;
}

}  // namespace

void BaselineDetector::judge_series(State& state, const Observation& observation,
                                    const event::Row& row, const FindingSink& sink) {
    const Analytic& analytic = state.behaviour.analytic();
    const std::uint64_t key = series_key(state.behaviour.hash(), observation.entity);
    auto* profile = profile_at<SeriesProfile>(series_.touch(key, row.time));
    if (profile == nullptr) return;  // seen too rarely so far, or there is no room
    // What is sent again, and what a second sender sends of the same series, teaches nothing.
    if (profile->is_begun && row.time <= profile->last) {
        ++late_count_;
        return;
    }
    const auto value = value_of(analytic.measure, *profile, row.time, observation.number);
    if (!value) return;
    series_time_ = std::max(series_time_, row.time);
    const learn::SeriesJudgement judged = profile->series.observe(row.time, *value);
    profile->judged_n = judged.n;
    if (judged.n < kSeriesFirstSamples) return;
    // What was told a moment ago is no test of its own: neighbours share what is odd about them.
    if (profile->told_n >= 0 && judged.n - profile->told_n <= kOddStretchSamples) return;
    // How rare it is for its own series: a noisy one would use up the promise of all others.
    const bool is_asked = is_odd_way(analytic.direction, *value, judged.expected);
    const double score = is_asked ? std::max(judged.calibration, 0.0) : 0;
    ToldTest test;
    test.comparisons = {{Against::self, score, judged.n, judged.expected, judged.low, judged.high}};
    test.analytic = &analytic;
    test.observed = *value;
    test.value = odd_words(judged);
    test.begin = test.first = test.last = row.time;
    test.events = {row.id};
    judge(state, state.scorers.front(), series_parent_, observation.entity, 1, std::move(test),
          sink);
}

void BaselineDetector::note_told_series(const State& state, std::uint64_t entity,
                                        base::Timestamp time) {
    auto* profile =
        profile_at<SeriesProfile>(series_.find(series_key(state.behaviour.hash(), entity), time));
    if (profile != nullptr) profile->told_n = profile->judged_n;
}

}  // namespace vedette::detect::baseline
