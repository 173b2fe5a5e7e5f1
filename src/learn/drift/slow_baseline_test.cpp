// SPDX-License-Identifier: Apache-2.0
#include "learn/drift/slow_baseline.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <vector>

#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

constexpr double kResolution = 0.01;

/// Days of so many observations about a level.
struct Life {
    explicit Life(std::uint64_t seed) : random(seed) {}
    /// One day; true if it was absorbed with those that were due.
    void live(SlowBaseline& slow, double level, int observations = 8) {
        while (slow.ended(day, kResolution)) {
        }
        while (const auto due = slow.due(day, 1)) slow.absorb(*due, 0, kResolution);
        const double of_day = level + 0.5 * random.normal();
        for (int i = 0; i < observations; ++i) slow.add(day, of_day + random.normal(), 1);
        ++day;
    }
    Random random;
    std::int32_t day = 20'000;
};

TEST(SlowBaseline, learns_a_day_after_another_whole_day_and_not_before) {
    SlowBaseline slow;
    slow.add(10, 5, 1);
    EXPECT_FALSE(slow.due(10, 1));
    EXPECT_FALSE(slow.due(11, 1));
    const auto due = slow.due(12, 1);
    ASSERT_TRUE(due);
    EXPECT_EQ(due->day, 10);
    EXPECT_EQ(due->mean, 5);
    EXPECT_FALSE(slow.due(12, 1)) << "it waits no longer";
    EXPECT_EQ(slow.days(), 0) << "what its owner drops was never learned";
    slow.absorb(*due, 0, kResolution);
    EXPECT_EQ(slow.level(), 5);
}

TEST(SlowBaseline, knows_the_scatter_of_days_and_not_of_single_values) {
    SlowBaseline slow;
    Life life(1);
    for (int i = 0; i < 300; ++i) life.live(slow, 10);
    EXPECT_NEAR(slow.level(), 10, 0.3);
    // Days scatter by 0.5, and the mean of eight by 1 / sqrt(8) more.
    EXPECT_NEAR(slow.deviation(kResolution), std::sqrt(0.25 + 1.0 / 8), 0.12);
}

TEST(SlowBaseline, still_sees_three_quarters_of_a_months_drift) {
    SlowBaseline slow;
    Life life(2);
    for (int i = 0; i < 200; ++i) life.live(slow, 10);
    for (int i = 1; i <= 30; ++i) life.live(slow, 10 + i / 30.0 * 4);
    EXPECT_GT(14 - slow.level(), 3);
}

TEST(SlowBaseline, tells_by_how_much_a_day_lay_off_only_once_it_knows_enough) {
    SlowBaseline slow;
    Life life(3);
    life.live(slow, 10);
    ASSERT_TRUE(slow.ended(life.day, kResolution));
    EXPECT_FALSE(slow.ended(life.day, kResolution)) << "each day is told once";
    for (int i = 0; i < 60; ++i) life.live(slow, 10);
    life.live(slow, 14);
    const auto day = slow.ended(life.day, kResolution);
    ASSERT_TRUE(day && day->difference);
    EXPECT_EQ(*day->difference, 4);
}

TEST(SlowBaseline, takes_back_what_waits_exactly_and_what_it_learned_nearly) {
    SlowBaseline with, without;
    Life one(4), other(4);
    for (int i = 0; i < 60; ++i) {
        one.live(with, 10);
        other.live(without, 10);
    }
    with.add(one.day - 1, 100, 1);
    EXPECT_TRUE(with.take_back(one.day - 1, 100, 1));
    EXPECT_FALSE(with.take_back(one.day - 40, 100, 1));
    EXPECT_TRUE(are_same(with, without));

    with.absorb({one.day, 8, 12, {}}, 0, kResolution);
    const double moved = with.level() - without.level();
    with.take_out(one.day, 12, 1);
    EXPECT_LT(std::abs(with.level() - without.level()), 0.02 * moved);
}

RC_GTEST_PROP(SlowBaseline, stopped_anywhere_goes_on_as_if_it_had_not_been, ()) {
    const auto values = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 40), rc::gen::inRange(-100, 100)));
    const auto cut = *rc::gen::inRange<std::size_t>(0, values.size() + 1);
    SlowBaseline whole, first, second;
    const auto feed = [&](SlowBaseline& slow, std::size_t i) {
        while (slow.ended(values[i].first, 1)) {
        }
        while (const auto due = slow.due(values[i].first, 1)) slow.absorb(*due, 0.5, 1);
        slow.add(values[i].first, values[i].second, 0.5);
        RC_ASSERT(slow.check_invariants().has_value());
    };
    for (std::size_t i = 0; i < values.size(); ++i) feed(whole, i);
    for (std::size_t i = 0; i < cut; ++i) feed(first, i);
    RC_ASSERT(restore_sealed(second, save_sealed(first)).has_value());
    for (std::size_t i = cut; i < values.size(); ++i) feed(second, i);
    RC_ASSERT(are_same(whole, second));
}

TEST(SlowBaseline, refuses_a_damaged_state) {
    SlowBaseline slow;
    Life life(5);
    for (int i = 0; i < 30; ++i) life.live(slow, 3);
    EXPECT_TRUE(refuses_all_damage([] { return SlowBaseline(); }, save_sealed(slow)));
    EXPECT_EQ(84u, slow.memory_bytes());
}

}  // namespace
}  // namespace vedette::learn
