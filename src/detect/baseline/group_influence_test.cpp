// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "detect/baseline/drift_watch.h"
#include "learn/random.h"

namespace vedette::detect::baseline {
namespace {

constexpr double kStep = 0.5;
constexpr std::uint64_t kEverybody = 1;

bool is_work(int day, int hour) { return day % 7 < 5 && hour >= 8 && hour < 18; }

/// Two hundred members by the hour of six weeks, of whom the first is loud: it is a hundred times
/// what the others are, day and night, from the first hour on. At night 2 % of the others work.
struct Group {
    explicit Group(bool has_loud, bool is_bounded = true) {
        learn::Random random(5);
        for (int day = 0; day < 42; ++day) {
            for (int hour = 0; hour < 24; ++hour) {
                for (std::uint64_t member = 1; member < 200; ++member) {
                    const double scatter = 4 * random.normal();
                    if (random.unit() > 0.02 && !is_work(day, hour)) continue;
                    teach(member, day, hour, (is_work(day, hour) ? 20 : 10) + scatter, is_bounded);
                }
                if (has_loud) teach(0, day, hour, 1'000, is_bounded);
                if (!has_loud && is_work(day, hour)) teach(0, day, hour, 20, is_bounded);
            }
        }
    }
    static base::Timestamp time(int day, int hour) {
        return {(20'454ll + day) * base::kNsPerDay + hour * 3'600 * base::kNsPerSecond};
    }
    void teach(std::uint64_t member, int day, int hour, double value, bool is_bounded) {
        DriftLesson lesson{100 + member, kEverybody, kEverybody, time(day, hour), value};
        const double share = is_bounded ? watch.shares(lesson).everybody : 1;
        all += share;
        if (member == 0) loud += share;
        teach_group(moments, watch.first_of(kEverybody, lesson.time), {lesson.time, value, share},
                    kStep);
    }
    learn::Expectation expected(int day, int hour) const {
        return moments.expected(time(day, hour), kStep, nullptr);
    }

    DriftWatch watch{4u << 20};
    learn::SeasonalMoments moments;
    double loud = 0, all = 0;
};

TEST(GroupInfluence, of_one_loud_member_of_two_hundred_is_bounded) {
    const Group calm(false), loud(true);
    EXPECT_LE(loud.loud / loud.all, 0.0125) << "at weekends few are there and everything is theirs";
    double moved_most = 0;
    for (int day = 42; day < 47; ++day) {
        for (int hour = 8; hour < 18; ++hour) {
            const learn::Expectation before = calm.expected(day, hour);
            const learn::Expectation after = loud.expected(day, hour);
            moved_most =
                std::max(moved_most, std::abs(after.value - before.value) / before.deviation);
            EXPECT_LT(after.deviation, 1.5 * before.deviation);
        }
    }
    // A hundredth of four deviations, and two roundings of the hour's distance.
    EXPECT_LT(moved_most, 0.25);
}

TEST(GroupInfluence, of_everybody_alike_is_what_it_was) {
    const Group bounded(false), unbounded(false, false);
    for (int hour = 8; hour < 18; ++hour) {
        const learn::Expectation one = bounded.expected(42, hour);
        const learn::Expectation other = unbounded.expected(42, hour);
        EXPECT_LT(std::abs(one.value - other.value), 0.25 * other.deviation);
    }
}

}  // namespace
}  // namespace vedette::detect::baseline
