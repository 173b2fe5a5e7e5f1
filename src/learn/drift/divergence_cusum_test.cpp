// SPDX-License-Identifier: Apache-2.0
#include "learn/drift/divergence_cusum.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "learn/evidence/evidence.h"
#include "learn/fixed_math.h"
#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

/// What a day alone says, in bits, rounded down as the sum rounds.
double step_of(double own, double relative) {
    constexpr double kMax = DivergenceCusum::kDifferenceMax, kShift = DivergenceCusum::kShift;
    own = std::clamp(own, -kMax, kMax);
    const double x = std::clamp(std::min(own + DivergenceCusum::kFallMax, relative), -kMax, kMax);
    const auto rounded = [](double bits) { return std::floor(bits * 1'024) / 1'024; };
    return rounded(x * kShift * kLog2OfE) + rounded(-kShift * kShift / 2 * kLog2OfE);
}

RC_GTEST_PROP(DivergenceCusum, is_the_greatest_sum_over_all_days_it_may_have_begun_on, ()) {
    const auto days = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(-300, 400), rc::gen::inRange(-300, 400)));
    DivergenceCusum sum;
    std::vector<double> steps;
    for (std::size_t i = 0; i < days.size(); ++i) {
        const double own = days[i].first / 100.0, relative = days[i].second / 100.0;
        sum.add(static_cast<std::int32_t>(i), own, relative);
        steps.push_back(step_of(own, relative));
        double greatest = 0, from_here = 0;
        for (std::size_t back = steps.size(); back-- > 0;) {
            from_here += steps[back];
            greatest = std::max(greatest, from_here);
        }
        RC_ASSERT(sum.bits() == greatest);
        RC_ASSERT(sum.run().total() == greatest);
        RC_ASSERT(sum.check_invariants().has_value());
    }
}

TEST(DivergenceCusum, is_not_reached_oftener_than_promised_by_chance) {
    Random random(1);
    for (const double bits : {4.0, 6.0, 8.0}) {
        DivergenceCusum sum;
        const int days = 200'000;
        int reached = 0;
        for (int day = 0; day < days; ++day) {
            const double own = random.normal();
            sum.add(day, own, own);
            if (sum.bits() < bits) continue;
            ++reached;
            sum.clear();
        }
        EXPECT_LE(reached, days / std::exp2(bits));
        EXPECT_GT(reached, 0);
    }
}

TEST(DivergenceCusum, tells_soon_of_one_that_goes_away_alone) {
    Random random(2);
    DivergenceCusum sum;
    int day = 0;
    for (; sum.bits() < 9 && day < 200; ++day) {
        const double own = 1 + random.normal();
        sum.add(day, own, own);
    }
    EXPECT_LT(day, 40);
    const DivergenceRun run = sum.run();
    EXPECT_EQ(run.own_bits + run.shared_bits + run.allowance_bits, sum.bits());
    EXPECT_EQ(run.own_bits * 1'024, std::floor(run.own_bits * 1'024));
    EXPECT_LE(run.days, static_cast<std::uint32_t>(day));
}

TEST(DivergenceCusum, gives_nothing_for_a_season_and_little_for_who_stays_while_others_rest) {
    DivergenceCusum season, stays;
    for (int day = 0; day < 60; ++day) season.add(day, 2, 0);
    EXPECT_EQ(season.bits(), 0);
    for (int day = 0; day < 10; ++day) stays.add(day, 0, 2.5);
    EXPECT_LT(stays.bits(), 9);
}

RC_GTEST_PROP(DivergenceCusum, stopped_anywhere_goes_on_as_if_it_had_not_been, ()) {
    const auto days = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-200, 300));
    const auto cut = *rc::gen::inRange<std::size_t>(0, days.size() + 1);
    DivergenceCusum whole, first, second;
    const auto feed = [&](DivergenceCusum& sum, std::size_t i) {
        sum.add(static_cast<std::int32_t>(i), days[i] / 100.0, days[i] / 120.0);
    };
    for (std::size_t i = 0; i < days.size(); ++i) feed(whole, i);
    for (std::size_t i = 0; i < cut; ++i) feed(first, i);
    RC_ASSERT(restore_sealed(second, save_sealed(first)).has_value());
    for (std::size_t i = cut; i < days.size(); ++i) feed(second, i);
    RC_ASSERT(are_same(whole, second));
}

TEST(DivergenceCusum, refuses_a_damaged_state) {
    DivergenceCusum sum;
    for (int day = 0; day < 5; ++day) sum.add(day, 2, 2);
    EXPECT_TRUE(refuses_all_damage([] { return DivergenceCusum(); }, save_sealed(sum)));
    EXPECT_EQ(20u, sum.memory_bytes());
}

}  // namespace
}  // namespace vedette::learn
