// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/drift_watch.h"

#include <gtest/gtest.h>

#include "detect/baseline/test_drift_world.h"

namespace vedette::detect::baseline {
namespace {

// The settings of the alarm were chosen on worlds with seeds below 200; these are others.

TEST(DriftWatch, tells_of_attackers_who_raise_their_level_a_little_each_day) {
    struct Expected {
        double pace;
        int days;
        double share;
    };
    for (const Expected& expected : {Expected{0.2, 91, 0.6}, Expected{0.4, 61, 0.8},
                                     Expected{1, 31, 0.6}, Expected{1, 45, 0.95}}) {
        DriftWorldSettings settings;
        settings.seed = 203;
        settings.attackers = 24;
        settings.pace = expected.pace;
        const DriftWorldOutcome outcome = DriftWorld(settings).live();
        RecordProperty("told", outcome.within(expected.days));
        EXPECT_GE(outcome.within(expected.days), expected.share * settings.attackers)
            << expected.pace << " a month, within " << expected.days << " days";
    }
}

TEST(DriftWatch, tells_of_honest_ones_in_three_months_of_a_hundred_at_most) {
    double months = 0;
    int alarms = 0, after_project = 0;
    for (const std::uint64_t seed : {201, 202}) {
        DriftWorldSettings settings;
        settings.seed = seed;
        const DriftWorldOutcome outcome = DriftWorld(settings).live();
        months += outcome.honest_months;
        alarms += outcome.honest_alarms;
        after_project += outcome.after_project;
    }
    EXPECT_GE(months, 2'000);
    EXPECT_LE(alarms, 0.03 * months);
    EXPECT_GE(after_project, alarms / 2) << "most have a reason: a project";
}

/// One entity with so many others that do as they did, by the day.
class Village {
  public:
    explicit Village(std::int32_t wait_days = kWaitDays) : watch(1u << 20, wait_days) {}

    std::optional<DriftAlarm> live(double level, std::optional<base::Timestamp> suspected = {}) {
        std::optional<DriftAlarm> alarm;
        for (std::uint64_t member = 0; member < 20; ++member) {
            for (int hour = 8; hour < 14; ++hour) {
                DriftLesson lesson{100 + member, 1, 1, time(hour), 10 + random.normal(), 1};
                if (member == 0) lesson.value = level + random.normal();
                if (member == 0) lesson.suspected = suspected;
                auto found = watch.learn(lesson, rule::analytic::Direction::high, 0.5);
                if (member == 0 && found) alarm = found;
            }
        }
        ++day;
        return alarm;
    }
    base::Timestamp time(int hour) const {
        return {day * base::kNsPerDay + hour * 3'600 * base::kNsPerSecond};
    }
    double slow_level() { return watch.slow(100)->level(); }

    learn::Random random{1};
    DriftWatch watch;
    std::int32_t day = 20'000;
};

TEST(DriftWatch, lets_what_a_day_taught_wait_another_day) {
    Village village;
    for (int i = 0; i < 40; ++i) village.live(10);
    const double before = village.slow_level();
    village.live(30);
    village.live(10);
    EXPECT_NEAR(village.slow_level(), before, 0.05) << "the day waits";
    village.live(10);
    EXPECT_GT(village.slow_level(), before + 0.01);
}

TEST(DriftWatch, drops_what_waits_when_evidence_rises_meanwhile) {
    Village clean, attacked;
    for (int i = 0; i < 40; ++i) {
        clean.live(10);
        attacked.live(10);
    }
    const double before = attacked.slow_level();
    for (int i = 0; i < 5; ++i) {
        clean.live(10);
        // Noticed in the afternoon of each day: the day itself and the one before still wait.
        attacked.live(30, attacked.time(-4));
    }
    for (int i = 0; i < 3; ++i) attacked.live(10, base::Timestamp{20'044 * base::kNsPerDay});
    EXPECT_LT(attacked.slow_level(), before + 0.1) << "five days at thirty taught nothing";
}

TEST(DriftWatch, tells_once_in_four_weeks_and_says_where_from_and_where_to) {
    Village village;
    for (int i = 0; i < 60; ++i) village.live(10);
    int alarms = 0;
    std::optional<DriftAlarm> first;
    for (int i = 0; i < 40; ++i) {
        const auto alarm = village.live(11 + i * 0.02);
        if (!alarm) continue;
        ++alarms;
        if (!first) first = alarm;
    }
    ASSERT_TRUE(first);
    EXPECT_LE(alarms, 2);
    EXPECT_TRUE(first->is_up);
    EXPECT_GT(first->fast, first->slow);
    EXPECT_GE(first->run.total(), kDriftBits);
    EXPECT_NEAR(first->others, 0, 0.3);
}

TEST(DriftWatch, goes_on_from_what_was_saved) {
    Village straight, stopped;
    for (int i = 0; i < 70; ++i) {
        const double level = i < 50 ? 10 : 10 + (i - 50) * 0.05;
        straight.live(level);
        stopped.live(level);
        std::string bytes;
        learn::StateWriter out(bytes);
        stopped.watch.save(out);
        DriftWatch again(1u << 20);
        learn::StateReader in(bytes);
        ASSERT_TRUE(again.restore(in));
        stopped.watch = std::move(again);
    }
    std::string one, other;
    learn::StateWriter one_out(one), other_out(other);
    straight.watch.save(one_out);
    stopped.watch.save(other_out);
    EXPECT_EQ(one, other);
}

}  // namespace
}  // namespace vedette::detect::baseline
