// SPDX-License-Identifier: Apache-2.0
// Several numbers of a window together: each in deviations from what its entity is used to, all of
// them beside what is usual of everybody's windows.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "detect/baseline/baseline.h"
#include "detect/baseline/open_keys.h"
#include "learn/fixed_math.h"
#include "learn/random.h"

namespace vedette::detect::baseline {

using rule::analytic::Against;
using rule::analytic::Analytic;
using rule::analytic::VectorPart;

namespace {

using VectorMoments = OfParts<learn::SeasonalMoments>;

/// Fewer numbers whose expectation is known are not judged together.
constexpr std::size_t kKnownPartsMin = 2;
/// Weeks in which an entity was seen at an hour of the week before its deviations then say
/// anything: those of the first two are too large by far.
constexpr int kWeeksMin = 2;
/// Of one number, for lying far from what was expected.
constexpr double kFarBitsMax = 32;

std::uint64_t vector_key(std::uint64_t behaviour, std::size_t window, std::uint64_t who) {
    return learn::pair_key(learn::pair_key(learn::pair_key(behaviour, 0x766563746F72), window),
                           who);
}

std::uint64_t vector_group_key(std::uint64_t behaviour, std::size_t window, std::uint64_t group) {
    return learn::pair_key(vector_key(behaviour, window, group), 0x67726F7570);
}

/// A closed window in deviations from what was expected.
struct Standardised {
    std::vector<double> deviations;  // of each part; not a number where nothing is known
    std::vector<ToldPart> parts;     // of those that are known
    std::vector<std::size_t> known;  // which of all they are
    double n = 0, own_share = 0;     // of the least known; mean
};

Standardised standardised(const Analytic& analytic, const VectorWindow& closed,
                          const VectorMoments& own, const VectorMoments& others) {
    Standardised out;
    const base::Timestamp time = closed.begin();
    out.deviations.assign(analytic.parts.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = 0; i < analytic.parts.size(); ++i) {
        const VectorPart& part = analytic.parts[i];
        const double measured = closed.measured(analytic.parts, i);
        if (std::isnan(measured)) continue;
        const learn::Expectation expected =
            own[i].expected(time, resolution(part.measure), &others[i]);
        // What others do at such an hour is no habit of its own; what it did there once is one, but
        // has no scatter yet.
        const bool is_own = own[i].profile().weeks(learn::hour_of_week(time)) >= kWeeksMin;
        if (!is_own || expected.weight < kWeightMin || expected.deviation <= 0) continue;
        const double away = scaled(part.measure, measured) - expected.value;
        out.deviations[i] = away / expected.deviation;
        const auto shown = [&](double number) { return unscaled(part.measure, number); };
        out.n = out.known.empty() ? expected.weight : std::min(out.n, expected.weight);
        out.own_share += expected.own_share;
        out.known.push_back(i);
        out.parts.push_back({words(part), part.measure, measured, shown(expected.value),
                             shown(expected.low), shown(expected.high), expected.weight, 0});
    }
    if (!out.known.empty()) out.own_share /= static_cast<double>(out.known.size());
    return out;
}

/// A model of ranks knows what lies beyond all that it saw, but not how far: each deviation beyond
/// those that a value may teach counts a bit more.
double far_bits(double deviations) {
    if (std::isnan(deviations)) return 0;
    return std::clamp(std::abs(deviations) - learn::kWinsorDeviations, 0.0, kFarBitsMax);
}

/// What stays learns; what is odd hardly does, as in learn::VectorModel::observe(), and the less
/// the less its entity may teach. By lot, the same at every run.
bool is_learned(std::uint64_t key, base::Timestamp time, double bits, double share) {
    const std::uint64_t lot =
        learn::pair_key(learn::pair_key(key, static_cast<std::uint64_t>(time.unix_ns)), 1);
    const double over = std::max(bits - learn::VectorModel::kSurelyLearnedBits, 0.0);
    return learn::unit_of_bits(lot) < share * learn::fixed_exp2(-over);
}

}  // namespace

void BaselineDetector::add_to_vector(State& state, std::size_t window,
                                     const Observation& observation, const event::Row& row,
                                     const FindingSink& sink) {
    const Analytic& analytic = state.behaviour.analytic();
    const base::Timestamp begin = window_begin(row.time, analytic.windows_ms[window]);
    const std::uint64_t key = vector_key(state.behaviour.hash(), window, observation.entity);
    auto* profile = profile_at<VectorProfile>(vectors_.touch(key, row.time));
    if (profile == nullptr) return;  // seen too rarely so far
    if (profile->entity == 0) {
        profile->entity = observation.entity;
        profile->behaviour = state.behaviour.hash();
        profile->window = static_cast<std::uint8_t>(window);
        profile->name.set(state.behaviour.entity_name());
    }
    profile->peers = observation.peers;
    const WindowEvent event{row.id, row.time};
    const auto seen = state.behaviour.parts();
    if (VectorWindow* open = open_at(profile->open, begin)) {
        return open->add(analytic.parts, seen, event);
    }
    if (are_all_open(profile->open) && begin < profile->open[0].begin()) {
        ++late_count_;
        return;
    }
    if (are_all_open(profile->open)) {
        close_first_vector(state, window, key, sink);
        // Closing looked at other places; this one may have moved.
        profile = profile_at<VectorProfile>(vectors_.find(key, row.time));
        if (profile == nullptr) return;
    }
    open_new(profile->open, begin).add(analytic.parts, seen, event);
    note_open(vectors_, state.open[window][begin.unix_ns], begin, key);
}

void BaselineDetector::close_first_vector(State& state, std::size_t window, std::uint64_t key,
                                          const FindingSink& sink) {
    auto* profile = profile_at<VectorProfile>(vectors_.find(key, {}));
    if (profile == nullptr || !profile->open[0].is_open()) return;
    const VectorWindow closed = take_first(profile->open);
    const VectorProfile before = *profile;
    judge_vector(state, window, key, before, closed, sink);
}

/// What a group's windows are used to; nothing where it has none.
OfParts<learn::SeasonalMoments> BaselineDetector::vector_group(std::uint64_t key,
                                                               base::Timestamp time) {
    const auto* profile = profile_at<VectorProfile>(vectors_.find(key, time));
    return profile == nullptr ? VectorMoments() : profile->moments;
}

void BaselineDetector::learn_vector(const State& state, const VectorLesson& lesson) {
    const VectorParts& parts = state.behaviour.analytic().parts;
    const auto each_part = [&](const auto& take) {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const double measured = lesson.window->measured(parts, i);
            if (std::isnan(measured)) continue;
            take(i, scaled(parts[i].measure, measured), resolution(parts[i].measure));
        }
    };
    const base::Timestamp time = lesson.window->begin();
    if (auto* own = profile_at<VectorProfile>(vectors_.find(lesson.key, time))) {
        each_part([&](std::size_t i, double value, double step) {
            own->moments[i].update(time, value, lesson.risk, step);
        });
    }
    for (const std::uint64_t group : lesson.groups) {
        auto* profile = profile_at<VectorProfile>(vectors_.touch(group, time));
        if (profile == nullptr) continue;
        profile->behaviour = state.behaviour.hash();
        profile->window = static_cast<std::uint8_t>(lesson.of_windows);
        each_part([&](std::size_t i, double value, double step) {
            teach_group(profile->moments[i], drift_.first_of(learn::pair_key(group, i), time),
                        {time, value, lesson.share}, step);
        });
    }
}

void BaselineDetector::judge_vector(State& state, std::size_t window, std::uint64_t key,
                                    const VectorProfile& profile, const VectorWindow& closed,
                                    const FindingSink& sink) {
    const Analytic& analytic = state.behaviour.analytic();
    const base::Timestamp time = closed.begin();
    const std::uint64_t everybody_key = vector_group_key(profile.behaviour, window, 0);
    const std::uint64_t others_key = vector_group_key(profile.behaviour, window, profile.peers);
    Standardised row =
        standardised(analytic, closed, profile.moments, vector_group(others_key, time));
    const double risk = risk_of(profile.entity, time);
    double share = 1;
    if (auto* own = profile_at<VectorProfile>(vectors_.find(key, time))) {
        share = state.fair.take(own->taught, time.day());
    }
    VectorLesson lesson{&closed, key, window, {everybody_key}, risk, (1 - risk) * share};
    if (others_key != everybody_key) lesson.groups.push_back(others_key);
    learn_vector(state, lesson);
    if (row.known.size() < kKnownPartsMin) return;
    learn::VectorModel& model = state.vectors[window];
    const bool is_known = model.knows();
    std::vector<double> parts_of_bits(analytic.parts.size());
    double bits = model.bits({row.deviations, {}}, parts_of_bits);
    for (std::size_t i = 0; i < parts_of_bits.size(); ++i) {
        const double far = far_bits(row.deviations[i]);
        parts_of_bits[i] += far;
        bits += far;
    }
    if (is_learned(key, time, bits, lesson.share)) model.learn({row.deviations, {}});
    if (!is_known) return;
    for (std::size_t i = 0; i < row.parts.size(); ++i) {
        row.parts[i].share = parts_of_bits[row.known[i]];
    }
    const Against others = profile.peers != 0 ? Against::peers : Against::everybody;
    ToldTest test;
    test.comparisons.push_back({Against::self, std::max(bits, 0.0), row.n, 0, 0, 0,
                                row.own_share < 0.5 ? others : Against::self});
    test.parts = std::move(row.parts);
    test.analytic = &analytic;
    test.entity = profile.name.text();
    test.observed = bits;
    test.window_ms = analytic.windows_ms[window];
    test.begin = time;
    test.first = closed.whole().first();
    test.last = closed.whole().last();
    test.events = closed.whole().events();
    judge(state, state.scorers[window], vectors_parent_, profile.entity, share, std::move(test),
          sink);
}

}  // namespace vedette::detect::baseline
