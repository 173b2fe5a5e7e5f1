// SPDX-License-Identifier: Apache-2.0
#include "learn/burst/burst_statistic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

TEST(BurstStatistic, IsTheFormulaOverPlainCountsWhileItsTableIsLarge) {
    BurstStatistic burst({.rows = 4, .columns = 1 << 14, .kept = 0.5});
    std::map<std::uint64_t, double> current, total;
    Random random(1);
    for (std::int64_t tick = 0; tick < 60; ++tick) {
        for (auto& [key, count] : current) count *= tick == 0 ? 1 : 0.5;
        for (int i = 0; i < 40; ++i) {
            const std::uint64_t key = tick > 50 && i < 20 ? 77 : random.below(30);
            const double a = current[key] += 1, s = total[key] += 1;
            const auto t = static_cast<double>(tick + 1);
            const double expected =
                t < 2 || a <= s / t ? 0 : std::pow(a - s / t, 2) * t * t / (s * (t - 1));
            const auto seen = burst.observe(key, 1'000 + tick);
            ASSERT_NEAR(seen.statistic, expected, 1e-3 * (1 + expected));
            ASSERT_NEAR(seen.expected, s / t, 1e-4);
        }
    }
}

TEST(BurstStatistic, ABurstOfOneKeyStandsOutAndTheSteadyOnesDoNot) {
    BurstStatistic burst;
    double steady = 0, odd = 0;
    for (std::int64_t tick = 0; tick < 200; ++tick) {
        for (std::uint64_t key = 0; key < 20; ++key) {
            const double statistic = burst.observe(key, tick).statistic;
            if (tick > 100 && key != 7) steady = std::max(steady, statistic);
        }
        for (int i = 0; tick == 150 && i < 50; ++i) odd = burst.observe(7, tick).statistic;
    }
    EXPECT_GT(odd, 10 * steady);
}

TEST(BurstStatistic, NeverCountsTooLittleAndSeldomMuchTooMuch) {
    BurstStatistic burst({.rows = 4, .columns = 256, .kept = 0});
    std::map<std::uint64_t, double> truth;
    Random random(2);
    constexpr int kEvents = 5'000;
    for (int i = 0; i < kEvents; ++i) {
        const std::uint64_t key = random.below(2'000);
        truth[key] += 1;
        burst.observe(key, 0);
    }
    std::size_t above = 0;
    for (const auto& [key, count] : truth) {
        const double seen = burst.look(key).observed;
        EXPECT_GE(seen, count);
        above += seen - count > std::exp(1.0) * kEvents / 256 ? 1 : 0;
    }
    EXPECT_LE(static_cast<double>(above), std::exp(-4.0) * static_cast<double>(truth.size()) * 1.5);
}

TEST(BurstStatistic, LateAndFarTicksDoNoHarm) {
    BurstStatistic burst;
    burst.observe(1, 10);
    burst.observe(1, -5);
    EXPECT_EQ(burst.look(1).observed, 2);
    burst.observe(1, INT64_MAX);
    burst.observe(1, INT64_MIN);
    EXPECT_EQ(burst.look(1).observed, 2);
    EXPECT_TRUE(burst.check_invariants());
}

TEST(BurstStatistic, StoppedAndRestoredAnywhereItGoesOnTheSame) {
    const auto make = [] { return BurstStatistic({.rows = 2, .columns = 32, .kept = 0.3}); };
    BurstStatistic whole = make(), stopped = make();
    Random random(3);
    for (int i = 0; i < 400; ++i) {
        const std::uint64_t key = random.below(50);
        ASSERT_EQ(whole.observe(key, i / 10).statistic, stopped.observe(key, i / 10).statistic);
        if (i % 37 != 0) continue;
        BurstStatistic other = make();
        ASSERT_TRUE(restore_sealed(other, save_sealed(stopped)));
        stopped = std::move(other);
    }
    EXPECT_TRUE(are_same(whole, stopped));
    EXPECT_TRUE(refuses_all_damage(make, save_sealed(stopped), 5));
}

}  // namespace
}  // namespace vedette::learn
