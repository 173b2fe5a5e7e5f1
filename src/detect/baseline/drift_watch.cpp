// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/drift_watch.h"

#include <algorithm>

namespace vedette::detect::baseline {

using rule::analytic::Direction;

namespace {

learn::KeyedStoreSettings settings_of(std::size_t budget_bytes, std::uint64_t salt) {
    learn::KeyedStoreSettings settings;
    settings.budget_bytes = budget_bytes;
    settings.salt = salt;
    settings.hot_share = 0;
    return settings;
}

/// Groups are few beside entities.
std::size_t group_bytes(std::size_t budget_bytes) {
    return std::max(budget_bytes / 8, ProfileStore<GroupDriftProfile>::kBudgetBytesMin);
}

float moved(float mean, double towards) {
    constexpr double kLeft = learn::CommonDrift::kLeftOfWeek;
    return static_cast<float>(
        std::clamp(kLeft * static_cast<double>(mean) + (1 - kLeft) * towards, -1e15, 1e15));
}

}  // namespace

DriftWatch::DriftWatch(std::size_t budget_bytes, std::int32_t wait_days)
    : wait_days_(std::clamp(wait_days, 0, learn::SlowBaseline::kWaitDaysMax)),
      entities_(settings_of(budget_bytes, 5)),
      groups_(settings_of(group_bytes(budget_bytes), 6)) {}

std::optional<DriftAlarm> DriftWatch::learn(const DriftLesson& lesson, Direction direction,
                                            double resolution) {
    auto* profile = profile_at<DriftProfile>(entities_.touch(lesson.place, lesson.time));
    if (profile == nullptr) return std::nullopt;
    const std::int32_t today = lesson.time.day();
    while (const auto day = profile->slow.ended(today, resolution)) {
        profile->fast = profile->slow.days() > 0 ? moved(profile->fast, day->mean)
                                                 : static_cast<float>(day->mean);
        if (!day->difference) continue;
        tell_group(lesson.everybody, lesson.time, *day);
        if (lesson.peers != lesson.everybody) tell_group(lesson.peers, lesson.time, *day);
    }
    std::optional<DriftAlarm> alarm;
    while (const auto day = profile->slow.due(today, wait_days_)) {
        const Others others = others_of(lesson, *day);
        if (auto found = judge(*profile, lesson, *day, others, direction, resolution)) {
            alarm = found;
        }
        // What it did on a day on which there was much against it, or after which, it never was.
        const bool is_suspect = lesson.suspected && lesson.suspected->day() >= day->day;
        if (!is_suspect) profile->slow.absorb(*day, others.difference, resolution);
    }
    profile->slow.add(today, lesson.value, lesson.share);
    return alarm;
}

DriftWatch::Shares DriftWatch::shares(const DriftLesson& lesson) {
    // Groups have their place no later than their windows have theirs, whoever came.
    auto* all = profile_at<GroupDriftProfile>(groups_.touch(lesson.everybody, lesson.time));
    auto* peers = lesson.peers == lesson.everybody
                      ? nullptr
                      : profile_at<GroupDriftProfile>(groups_.touch(lesson.peers, lesson.time));
    // The second place may have driven out or moved the first.
    if (peers != nullptr) {
        all = profile_at<GroupDriftProfile>(groups_.find(lesson.everybody, lesson.time));
    }
    auto* profile = profile_at<DriftProfile>(entities_.touch(lesson.place, lesson.time));
    Shares out;
    if (profile == nullptr) return out;
    const std::int32_t today = lesson.time.day();
    if (all != nullptr) out.everybody = all->fair.take(profile->taught_everybody, today);
    if (peers != nullptr) out.peers = peers->fair.take(profile->taught_peers, today);
    return out;
}

learn::FirstValues* DriftWatch::first_of(std::uint64_t group, base::Timestamp time) {
    auto* profile = profile_at<GroupDriftProfile>(groups_.find(group, time));
    return profile == nullptr ? nullptr : &profile->first;
}

void DriftWatch::tell_group(std::uint64_t group, base::Timestamp time, const learn::DayMean& day) {
    if (auto* profile = profile_at<GroupDriftProfile>(groups_.touch(group, time))) {
        profile->common.add(day.day, *day.difference);
    }
}

DriftWatch::Others DriftWatch::others_of(const DriftLesson& lesson, const learn::DayMean& day) {
    Others out;
    const auto* all = profile_at<GroupDriftProfile>(groups_.find(lesson.everybody, lesson.time));
    if (all == nullptr) return out;
    out.are_known = all->common.knows(day.day);
    out.persistence = all->common.persistence();
    out.difference = all->common.of_others(day.day, day.difference, 0);
    if (lesson.peers == lesson.everybody) return out;
    if (const auto* peers =
            profile_at<GroupDriftProfile>(groups_.find(lesson.peers, lesson.time))) {
        out.difference = peers->common.of_others(day.day, day.difference, out.difference);
    }
    return out;
}

std::optional<DriftAlarm> DriftWatch::judge(DriftProfile& profile, const DriftLesson& lesson,
                                            const learn::DayMean& day, const Others& others,
                                            Direction direction, double resolution) {
    // A day that nobody remembers says nothing of the others, so it says nothing.
    if (!day.difference || !others.are_known) return std::nullopt;
    const double relative = *day.difference - others.difference;
    profile.week = moved(profile.week, relative);
    if (auto* all = profile_at<GroupDriftProfile>(groups_.find(lesson.everybody, lesson.time))) {
        all->common.learn_week(day.day, profile.week);
    }
    if (std::int64_t{day.day} - profile.told_day < kDriftQuietDays) return std::nullopt;
    const double own = *day.difference / others.persistence, apart = relative / others.persistence;
    if (direction != Direction::low) profile.up.add(day.day, own, apart);
    if (direction != Direction::high) profile.down.add(day.day, -own, -apart);
    for (learn::DivergenceCusum* sum : {&profile.up, &profile.down}) {
        if (sum->bits() < kDriftBits) continue;
        const DriftAlarm alarm{sum == &profile.up,
                               sum->run(),
                               profile.fast,
                               profile.slow.level(),
                               profile.slow.days(),
                               others.difference * profile.slow.deviation(resolution),
                               lesson.peers != lesson.everybody};
        profile.up.clear();
        profile.down.clear();
        profile.told_day = day.day;
        return alarm;
    }
    return std::nullopt;
}

const learn::SlowBaseline* DriftWatch::slow(std::uint64_t place) {
    const auto* profile = profile_at<DriftProfile>(entities_.find(place, {}));
    return profile == nullptr ? nullptr : &profile->slow;
}

void DriftWatch::save(learn::StateWriter& out) const {
    entities_.save(out);
    groups_.save(out);
}

base::Result<void> DriftWatch::restore(learn::StateReader& in) {
    VD_TRY_DO(entities_.restore(in));
    return groups_.restore(in);
}

std::size_t DriftWatch::memory_bytes() const {
    return entities_.memory_bytes() + groups_.memory_bytes();
}

std::uint64_t DriftWatch::forgotten_count() const { return entities_.counts().evicted; }

void teach_group(learn::SeasonalMoments& moments, learn::FirstValues* first,
                 const GroupLesson& lesson, double resolution) {
    if (first == nullptr || first->is_over()) {
        moments.update_group(lesson.time, lesson.value, lesson.share, resolution);
        return;
    }
    if (!first->add(lesson.time, lesson.value, lesson.share)) return;
    for (const learn::FirstValues::Value& one : first->release(resolution)) {
        moments.update_group({one.time_ns}, one.value, one.share, resolution);
    }
}

}  // namespace vedette::detect::baseline
