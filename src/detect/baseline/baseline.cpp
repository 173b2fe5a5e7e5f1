// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/baseline.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/hash.h"
#include "detect/baseline/decided.h"
#include "detect/baseline/open_keys.h"
#include "detect/baseline/told_drift.h"
#include "learn/fixed_angles.h"
#include "learn/fixed_math.h"
#include "learn/random.h"

namespace vedette::detect::baseline {

using rule::analytic::Against;
using rule::analytic::Analytic;
using rule::analytic::Direction;
using rule::analytic::Measure;

namespace {

constexpr std::int64_t kNsPerMs = base::kNsPerMs;
constexpr std::uint64_t kEverybody = 0;

learn::KeyedStoreSettings store_settings(std::size_t budget_bytes, std::uint64_t salt) {
    learn::KeyedStoreSettings settings;
    settings.budget_bytes = budget_bytes;
    settings.salt = salt;
    settings.hot_share = 0;
    return settings;
}

std::uint64_t place_key(std::uint64_t behaviour, std::size_t window, std::uint64_t who) {
    return learn::pair_key(learn::pair_key(behaviour, window), who);
}

std::uint64_t group_key(std::uint64_t behaviour, std::size_t window, std::uint64_t group) {
    return learn::pair_key(place_key(behaviour, window, group), 0x67726F7570);
}

/// The hour of the day, on a weekday or at the weekend: people and machines know no finer hours.
std::uint64_t hour_class(base::Timestamp time) {
    const std::int64_t hours = time.unix_ms() / 3'600'000;
    const std::int64_t day = (hours / 24 % 7 + 7) % 7;  // 0: Thursday
    const bool is_weekend = day == 2 || day == 3;
    return learn::mix_bits(
        static_cast<std::uint64_t>((hours % 24 + 24) % 24 + (is_weekend ? 24 : 0)));
}

/// Kilometres between two places. Source: the haversine formula, R. W. Sinnott, 1984.
double distance_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b) {
    constexpr double kEarthRadiusKm = 6'371;
    const auto radians = [](double degrees) { return degrees * std::numbers::pi / 180; };
    const double north = learn::fixed_sin(radians(latitude_b - latitude_a) / 2);
    const double east = learn::fixed_sin(radians(longitude_b - longitude_a) / 2);
    const double h = north * north + learn::fixed_cos(radians(latitude_a)) *
                                         learn::fixed_cos(radians(latitude_b)) * east * east;
    return 2 * kEarthRadiusKm * learn::fixed_asin(std::sqrt(std::min(h, 1.0)));
}

/// How many deviations away on the odd side; at least 0.
double oddness(Direction direction, double value, const learn::Expectation& expected) {
    const double away = (value - expected.value) / expected.deviation;
    switch (direction) {
        case Direction::high: return std::max(away, 0.0);
        case Direction::low: return std::max(-away, 0.0);
        case Direction::both: return std::abs(away);
    }
    return 0;
}

Seen seen_by(Against against, const learn::Novelty& found) {
    switch (against) {
        case Against::self: return {against, found.self_count, found.self_total};
        case Against::peers: return {against, found.peer_count, found.peer_total};
        case Against::everybody: return {against, found.all_count, found.all_total};
    }
    return {};
}

template <typename Profile>
bool is_first_open(ProfileStore<Profile>& store, std::uint64_t key, std::int64_t begin_ns) {
    const auto* profile = profile_at<Profile>(store.find(key, {begin_ns}));
    return profile != nullptr && profile->open[0].is_open() &&
           profile->open[0].begin().unix_ns == begin_ns;
}

double tie_of(std::uint64_t who, std::int64_t when_ns) {
    return learn::unit_of_bits(learn::pair_key(who, static_cast<std::uint64_t>(when_ns)));
}

}  // namespace

BaselineDetector::State::State(Behaviour made) : behaviour(std::move(made)) {
    const Analytic& analytic = behaviour.analytic();
    scorers.resize(std::max<std::size_t>(analytic.windows_ms.size(), 1));
    open.resize(analytic.windows_ms.size());
    if (analytic.measure == Measure::vector) {
        const learn::VectorColumns columns{analytic.parts.size(), 0};
        vectors.resize(analytic.windows_ms.size(), learn::VectorModel(columns, kVectorRowsMax));
    }
    const bool needs_novelty = !is_windowed(analytic.measure) && !is_series(analytic.measure) &&
                               analytic.measure != Measure::travel_speed &&
                               analytic.measure != Measure::sequence;
    if (needs_novelty) {
        learn::CountMin::Settings settings;
        settings.width_log2 = kNoveltyWidthLog2;
        novelty.emplace(settings);
    }
}

BaselineDetector::BaselineDetector(std::vector<Behaviour> behaviours, Budgets budgets)
    : budgets_(budgets),
      windows_(store_settings(budgets.window_bytes, 1)),
      values_(store_settings(budgets.value_bytes, 2)),
      entities_(store_settings(budgets.entity_bytes, 3)),
      series_(store_settings(budgets.series_bytes, 4)),
      sequences_(store_settings(budgets.sequence_bytes, 7)),
      vectors_(store_settings(budgets.vector_bytes, 8)),
      drift_(budgets.drift_bytes) {
    for (Behaviour& behaviour : behaviours) {
        if (behaviour.analytic().measure == Measure::sequence && !steps_) {
            steps_.emplace(sequence_settings(budgets.step_bytes));
        }
        behaviour.join(tests_);
        behaviours_.emplace_back(std::move(behaviour));
    }
}

/// Each behaviour finds its rows where its fields have cells; then they are sorted by row, and
/// within a row as the behaviours stand.
void BaselineDetector::find_rows(const event::Batch& batch) {
    tests_.bind(batch);
    wanted_from_.assign(batch.row_count() + 1, 0);
    for (State& state : behaviours_) {
        state.rows = state.behaviour.bind(batch, tests_);
        for (const std::uint32_t row : state.rows) ++wanted_from_[row + 1];
    }
    std::partial_sum(wanted_from_.begin(), wanted_from_.end(), wanted_from_.begin());
    wanted_.resize(wanted_from_.back());
    std::vector<std::uint32_t> next(wanted_from_.begin(), wanted_from_.end() - 1);
    for (std::uint32_t i = 0; i < behaviours_.size(); ++i) {
        for (const std::uint32_t row : behaviours_[i].rows) wanted_[next[row]++] = i;
    }
}

void BaselineDetector::do_observe(const event::Batch& batch, const FindingSink& sink) {
    if (behaviours_.empty()) return;
    batch_ = &batch;
    find_rows(batch);
    for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
        row_ = &batch.rows()[row];
        const bool is_ahead = row_->time.unix_ns > row_->arrival.unix_ns &&
                              row_->time.unix_ns - row_->arrival.unix_ns > kAheadMaxNs;
        if ((row_->flags & event::kRowLate) != 0 || is_ahead) {
            ++late_count_;
            continue;
        }
        peers_.observe_time(row_->time, [&](cases::Finding finding) {
            finding.told_at = row_->id;
            sink(std::move(finding));
        });
        for (std::uint32_t i = wanted_from_[row]; i < wanted_from_[row + 1]; ++i) {
            State& state = behaviours_[wanted_[i]];
            auto observation = state.behaviour.observe(row);
            if (!observation) continue;
            peers_.note(state.behaviour, *observation, row_->time);
            observe(state, *observation, *row_, sink);
        }
    }
    batch_ = nullptr;
    row_ = nullptr;
}

void BaselineDetector::observe(State& state, const Observation& observation, const event::Row& row,
                               const FindingSink& sink) {
    const Analytic& analytic = state.behaviour.analytic();
    if (is_series(analytic.measure)) return judge_series(state, observation, row, sink);
    if (analytic.measure == Measure::sequence) {
        return judge_sequence(state, observation, row, sink);
    }
    if (!is_windowed(analytic.measure)) return judge_value(state, observation, row, sink);
    for (std::size_t i = 0; i < analytic.windows_ms.size(); ++i) {
        if (analytic.measure == Measure::vector) {
            add_to_vector(state, i, observation, row, sink);
        } else {
            add_to_window(state, i, observation, row, sink);
        }
    }
}

// Windows.

void BaselineDetector::add_to_window(State& state, std::size_t window,
                                     const Observation& observation, const event::Row& row,
                                     const FindingSink& sink) {
    const Analytic& analytic = state.behaviour.analytic();
    const base::Timestamp begin = window_begin(row.time, analytic.windows_ms[window]);
    const std::uint64_t key = place_key(state.behaviour.hash(), window, observation.entity);
    auto* profile = profile_at<WindowProfile>(windows_.touch(key, row.time));
    if (profile == nullptr) return;  // seen too rarely so far
    if (profile->entity == 0) {
        profile->entity = observation.entity;
        profile->behaviour = state.behaviour.hash();
        profile->window = static_cast<std::uint8_t>(window);
        profile->name.set(state.behaviour.entity_name());
    }
    profile->peers = observation.peers;
    const WindowEvent event{row.id, row.time, observation.number, observation.value,
                            observation.is_hit};
    if (Window* open = open_at(profile->open, begin)) return open->add(analytic.measure, event);
    if (are_all_open(profile->open) && begin < profile->open[0].begin()) {
        ++late_count_;
        return;
    }
    if (are_all_open(profile->open)) {
        close_first(state, window, key, sink);
        // Closing looked at other places; this one may have moved.
        profile = profile_at<WindowProfile>(windows_.find(key, row.time));
        if (profile == nullptr) return;
    }
    open_new(profile->open, begin).add(analytic.measure, event);
    note_open(windows_, state.open[window][begin.unix_ns], begin, key);
}

void BaselineDetector::close_first(State& state, std::size_t window, std::uint64_t key,
                                   const FindingSink& sink) {
    auto* profile = profile_at<WindowProfile>(windows_.find(key, {}));
    if (profile == nullptr || !profile->open[0].is_open()) return;
    const Window closed = take_first(profile->open);
    const WindowProfile before = *profile;
    judge_window(state, window, key, before, closed, sink);
}

learn::SeasonalMoments BaselineDetector::group_moments(std::uint64_t key, base::Timestamp time) {
    const auto* profile = profile_at<WindowProfile>(windows_.find(key, time));
    return profile == nullptr ? learn::SeasonalMoments() : profile->moments;
}

void BaselineDetector::learn_for_group(const State& state, std::size_t window, std::uint64_t key,
                                       base::Timestamp time, double value, double share) {
    auto* profile = profile_at<WindowProfile>(windows_.touch(key, time));
    if (profile == nullptr) return;
    profile->behaviour = state.behaviour.hash();
    profile->window = static_cast<std::uint8_t>(window);
    const double step = resolution(state.behaviour.analytic().measure);
    teach_group(profile->moments, drift_.first_of(key, time), {time, value, share}, step);
}

void BaselineDetector::judge_window(State& state, std::size_t window, std::uint64_t key,
                                    const WindowProfile& profile, const Window& closed,
                                    const FindingSink& sink) {
    const Analytic& analytic = state.behaviour.analytic();
    const auto measured = closed.measured(analytic.measure);
    if (!measured) return;
    const base::Timestamp time = closed.begin();
    const double value = scaled(analytic.measure, *measured);
    const double step = resolution(analytic.measure);
    const std::uint64_t everybody_key = group_key(profile.behaviour, window, kEverybody);
    const std::uint64_t peers_key = group_key(profile.behaviour, window, profile.peers);
    const learn::SeasonalMoments everybody = group_moments(everybody_key, time);
    const learn::SeasonalMoments peers =
        profile.peers == 0 ? everybody : group_moments(peers_key, time);

    ToldTest test;
    for (const Against against : analytic.against) {
        if (against == Against::peers && profile.peers == 0) continue;
        const learn::Expectation expected =
            against == Against::self    ? profile.moments.expected(time, step, &peers)
            : against == Against::peers ? peers.expected(time, step, nullptr)
                                        : everybody.expected(time, step, nullptr);
        if (expected.weight < kWeightMin || expected.deviation <= 0) continue;
        const auto shown = [&](double number) { return unscaled(analytic.measure, number); };
        // Who has hardly a past of its own borrows that of others: they decide.
        const bool is_borrowed = against == Against::self && expected.own_share < 0.5;
        const Against decided = !is_borrowed         ? against
                                : profile.peers != 0 ? Against::peers
                                                     : Against::everybody;
        test.comparisons.push_back({against, oddness(analytic.direction, value, expected),
                                    expected.weight, shown(expected.value), shown(expected.low),
                                    shown(expected.high), decided});
    }
    if (window == 0) peers_.note_level(state.behaviour, profile.entity, *measured);
    const double risk = risk_of(profile.entity, time);
    DriftLesson lesson{key, profile.peers == 0 ? everybody_key : peers_key, everybody_key, time};
    if (auto* own = profile_at<WindowProfile>(windows_.find(key, time))) {
        const bool is_hour_known = own->moments.profile().weeks(learn::hour_of_week(time)) > 0;
        const learn::Contribution learned = own->moments.update(time, value, risk, step);
        // While the hour's usual distance is unknown, day and night would be drift.
        lesson.value = learned.value;
        lesson.share = is_hour_known ? learned.share : 0;
    }
    const DriftWatch::Shares shares = drift_.shares(lesson);
    if (profile.peers != 0) learn_for_group(state, window, peers_key, time, value, shares.peers);
    learn_for_group(state, window, everybody_key, time, value, shares.everybody);
    test.analytic = &analytic;
    test.entity = profile.name.text();
    test.observed = *measured;
    test.window_ms = analytic.windows_ms[window];
    test.begin = time;
    test.first = closed.first();
    test.last = closed.last();
    test.events = closed.events();
    watch_drift(state, lesson, test, profile.entity, sink);
    if (test.comparisons.empty()) return;
    judge(state, state.scorers[window], windows_parent_, profile.entity, shares.everybody,
          std::move(test), sink);
}

void BaselineDetector::close_if_first(State& state, std::size_t window, std::uint64_t key,
                                      std::int64_t begin_ns, const FindingSink& sink) {
    if (state.behaviour.analytic().measure == Measure::vector) {
        if (is_first_open(vectors_, key, begin_ns)) close_first_vector(state, window, key, sink);
    } else if (is_first_open(windows_, key, begin_ns)) {
        close_first(state, window, key, sink);
    }
}

void BaselineDetector::close_until(base::Timestamp time, const FindingSink& sink) {
    for (State& state : behaviours_) {
        for (std::size_t window = 0; window < state.open.size(); ++window) {
            const std::int64_t length_ns = state.behaviour.analytic().windows_ms[window] * kNsPerMs;
            auto& open = state.open[window];
            while (!open.empty() && open.begin()->first <= time.unix_ns - length_ns) {
                const std::int64_t begin_ns = open.begin()->first;
                std::vector<std::uint64_t> keys = std::move(open.begin()->second);
                open.erase(open.begin());
                // By key, because the order in which they were opened is not saved.
                std::sort(keys.begin(), keys.end());
                for (const std::uint64_t key : keys) {
                    close_if_first(state, window, key, begin_ns, sink);
                }
            }
        }
    }
}

void BaselineDetector::do_tick(base::Timestamp time, const FindingSink& sink) {
    close_until(time, sink);
    peers_.tick(time, sink);
}

void BaselineDetector::do_finish(const FindingSink& sink) { close_until({INT64_MAX}, sink); }

// Values.

std::optional<Comparison> BaselineDetector::compare_value(State& state,
                                                          const Observation& observation,
                                                          const event::Row& row,
                                                          ValueProfile& profile, double risk,
                                                          double share) {
    const Analytic& analytic = state.behaviour.analytic();
    if (analytic.measure == Measure::travel_speed) {
        const bool is_later = profile.has_place && row.time > profile.placed_at;
        double speed = 0;
        if (is_later) {
            const double hours =
                static_cast<double>(row.time.unix_ns - profile.placed_at.unix_ns) / 3.6e12;
            speed = distance_km(profile.latitude, profile.longitude, observation.latitude,
                                observation.longitude) /
                    std::max(hours, 1.0 / 60);
        }
        if (!profile.has_place || is_later) {
            profile.has_place = true;
            profile.placed_at = row.time;
            profile.latitude = observation.latitude;
            profile.longitude = observation.longitude;
        }
        if (!is_later) return std::nullopt;
        return Comparison{Against::self, speed, 1, 0, 0, analytic.observed_min};
    }
    const std::uint64_t value =
        analytic.measure == Measure::time_of_day ? hour_class(row.time) : observation.value;
    const double own_share = 1 - risk, others_share = own_share * share;
    const bool is_about_new = analytic.measure == Measure::new_value;
    const learn::Novelty found =
        is_about_new
            ? observe_new(state, observation, row.time, profile, own_share, others_share)
            : state.novelty->observe(profile.novelty, observation.entity, observation.peers, value,
                                     row.time, own_share, others_share);
    const bool is_known = is_about_new && found.self_count >= 0.5;
    const double score = is_known ? 0 : std::max(found.bits, 0.0);
    std::vector<Seen> seen;
    for (const Against against : analytic.against) {
        const Seen one = seen_by(against, found);
        if (one.total >= kObservationsMin) seen.push_back(one);
    }
    if (seen.empty()) return std::nullopt;
    const Seen decided = decided_by(seen);
    return Comparison{seen.front().against, score,         decided.total,  decided.count,
                      decided.count,        decided.count, decided.against};
}

learn::Novelty BaselineDetector::observe_new(State& state, const Observation& observation,
                                             base::Timestamp time, ValueProfile& profile,
                                             double own_share, double others_share) {
    learn::NoveltyField& field = *state.novelty;
    // What came before the evidence against the entity last was high never becomes its own.
    const auto learn_own = [&](const WaitingValues::Value& one) {
        const auto since = suspected(observation.entity, time);
        if (since && since->unix_ns > one.since_ns) return;
        field.observe(profile.novelty, observation.entity, observation.peers, one.value, time,
                      one.share, 0);
    };
    while (const auto due = profile.waiting.due(time, kWaitNs)) learn_own(*due);
    const std::uint64_t value = observation.value;
    const auto places = field.look_up(observation.entity, observation.peers, value);
    learn::Novelty found = field.score(profile.novelty, places, time);
    const bool is_new = found.self_count < 0.5;
    const bool waits = is_new && profile.waiting.has(value);
    field.learn(profile.novelty, found, places, time, is_new ? 0 : own_share, others_share);
    if (is_new) {
        if (const auto gone = profile.waiting.add(value, time, own_share)) learn_own(*gone);
    }
    if (waits) found.self_count = 1;  // it was told of when it came
    return found;
}

std::optional<base::Timestamp> BaselineDetector::suspected(std::uint64_t entity,
                                                           base::Timestamp time) {
    const auto* profile = profile_at<EntityProfile>(entities_.find(entity, time));
    const bool ever = profile != nullptr && profile->suspected != EntityProfile::kNeverSuspected;
    return ever ? std::optional(profile->suspected) : std::nullopt;
}

void BaselineDetector::judge_value(State& state, const Observation& observation,
                                   const event::Row& row, const FindingSink& sink) {
    const std::uint64_t key = place_key(state.behaviour.hash(), 0, observation.entity);
    const double risk = risk_of(observation.entity, row.time);
    auto* profile = profile_at<ValueProfile>(values_.touch(key, row.time));
    const double share = profile == nullptr ? 1 : state.fair.take(profile->taught, row.time.day());
    ValueProfile passing;
    const auto comparison = compare_value(state, observation, row,
                                          profile == nullptr ? passing : *profile, risk, share);
    if (!comparison) return;
    ToldTest test;
    test.comparisons = {*comparison};
    test.analytic = &state.behaviour.analytic();
    test.observed = comparison->score;
    test.begin = test.first = test.last = row.time;
    test.events = {row.id};
    judge(state, state.scorers.front(), values_parent_, observation.entity, share, std::move(test),
          sink);
}

// Evidence.

double BaselineDetector::risk_of(std::uint64_t entity, base::Timestamp time) {
    const auto* profile = profile_at<EntityProfile>(entities_.find(entity, time));
    if (profile == nullptr) return 0;
    return std::min(profile->evidence.bits(time, {}) / kBitsOfFullRisk, 1.0);
}

void BaselineDetector::note_evidence(EntityProfile& profile, const State& state,
                                     base::Timestamp time, double bits) {
    const auto family = static_cast<std::uint32_t>(state.behaviour.hash());
    const learn::EvidenceStep step = profile.evidence.add(time, family, bits, {});
    if (step.after >= kBitsOfSuspicion) profile.suspected = std::max(profile.suspected, time);
}

void BaselineDetector::watch_drift(State& state, const DriftLesson& lesson, const ToldTest& test,
                                   std::uint64_t entity, const FindingSink& sink) {
    const Analytic& analytic = *test.analytic;
    DriftLesson known = lesson;
    known.suspected = suspected(entity, lesson.time);
    const auto alarm = drift_.learn(known, analytic.direction, resolution(analytic.measure));
    if (!alarm) return;
    const ToldDrift drift{&analytic, test.entity, test.window_ms, test.first,
                          test.last, test.events, *alarm};
    const double bits = drift_bits(*alarm);
    if (auto* profile = profile_at<EntityProfile>(entities_.find(entity, lesson.time))) {
        note_evidence(*profile, state, test.last, bits);
    }
    const bool is_enough = analytic.direction == Direction::low || !alarm->is_up ||
                           unscaled(analytic.measure, alarm->fast) >= analytic.observed_min;
    if (is_enough) send(analytic, drift_finding(drift), sink);
}

void BaselineDetector::judge(State& state, Scorer& scorer, Scorer& parent, std::uint64_t entity,
                             double share, ToldTest test, const FindingSink& sink) {
    const Analytic& analytic = *test.analytic;
    const base::Timestamp time = test.last;
    const double tie = tie_of(entity, test.begin.unix_ns);
    // Files of other years may be read one after the other: what was learned of all still counts.
    const base::Timestamp learned_at = is_series(analytic.measure) ? series_time_ : time;
    test.outcome = scorer.judge(learned_at, tie, test.comparisons, &parent, share);
    auto* profile = profile_at<EntityProfile>(entities_.touch(entity, time));
    if (profile != nullptr) {
        test.tests_per_day = profile->tests_per_day(time);
        profile->tests.add(time, 0);
    }
    const double bits = staked_bits(test.outcome.bits, test.tests_per_day);
    if (profile != nullptr) note_evidence(*profile, state, time, bits);
    const bool is_enough = analytic.direction == Direction::low ||
                           (!is_windowed(analytic.measure) && !is_series(analytic.measure)) ||
                           test.observed >= analytic.observed_min;
    const bool is_fast =
        analytic.measure != Measure::travel_speed || test.observed >= analytic.observed_min;
    if (!test.outcome.is_told || !is_enough || !is_fast) return;
    if (bits <= 0 || bits < analytic.bits_min) {
        ++state.untold;
        return;
    }
    ++state.told;
    if (is_series(analytic.measure)) {
        test.entity = state.behaviour.entity_name();
        note_told_series(state, entity, time);
    } else if (row_ != nullptr && !is_windowed(analytic.measure)) {
        test.entity = state.behaviour.entity_name();
        test.value = state.behaviour.value_text();
    }
    send(analytic, finding_of(test), sink);
}

/// What was noticed while a row was looked at is told with it.
void BaselineDetector::send(const Analytic& analytic, cases::Finding finding,
                            const FindingSink& sink) const {
    if (row_ != nullptr) {
        const event::Origin& origin = batch_->origins()[row_->origin];
        if (is_series(analytic.measure)) {
            const auto index = static_cast<std::uint32_t>(row_ - batch_->rows().data());
            add_entities_of_row(finding, *batch_, index);
        }
        finding.source = origin.source;
        finding.origin = origin.path;
        finding.record = row_->line;
        finding.raw = row_->raw.substr(0, cases::kFindingRawMax);
        finding.told_at = row_->id;
    }
    sink(std::move(finding));
}

Baselines BaselineDetector::baselines_of(std::string_view analytic,
                                         const std::vector<std::string>& entity, std::size_t window,
                                         base::Timestamp time) {
    Baselines out;
    for (const State& state : behaviours_) {
        const Behaviour& behaviour = state.behaviour;
        if (behaviour.analytic().id.text != analytic) continue;
        if (window >= behaviour.analytic().windows_ms.size()) continue;
        const double step = resolution(behaviour.analytic().measure);
        const std::uint64_t key =
            place_key(behaviour.hash(), window, behaviour.entity_hash(entity));
        out.everybody = group_moments(group_key(behaviour.hash(), window, kEverybody), time)
                            .expected(time, step, nullptr);
        const auto* own = profile_at<WindowProfile>(windows_.find(key, time));
        if (own != nullptr) {
            out.fast = own->moments.expected(time, step, nullptr);
            out.peers = group_moments(group_key(behaviour.hash(), window, own->peers), time)
                            .expected(time, step, nullptr);
        }
        if (const learn::SlowBaseline* slow = drift_.slow(key)) {
            out.slow = slow->level();
            out.slow_days = slow->days();
        }
    }
    return out;
}

std::vector<Standing> BaselineDetector::standings() const {
    std::vector<Standing> out;
    for (const State& state : behaviours_) {
        Standing standing;
        standing.id = state.behaviour.analytic().id.text;
        standing.title = state.behaviour.analytic().title;
        standing.told_ever = state.told;
        standing.untold_ever = state.untold;
        // Of several windows the worst speaks for the behaviour.
        for (const Scorer& scorer : state.scorers) scorer.add_to(standing);
        out.push_back(std::move(standing));
    }
    return out;
}

}  // namespace vedette::detect::baseline
