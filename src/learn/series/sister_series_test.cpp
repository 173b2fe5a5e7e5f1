// SPDX-License-Identifier: Apache-2.0
#include "learn/series/sister_series.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

/// Two series that move together, one by itself, one that stands still.
std::vector<double> row(Random& random, double apart = 0) {
    const double common = random.normal();
    return {common + 0.1 * random.normal(), 2 * common + 0.1 * random.normal() + apart,
            5 + random.normal(), 7};
}

SisterSeries settled(Random& random, int rows = 500) {
    SisterSeries series(4);
    for (int i = 0; i < rows; ++i) series.learn(row(random));
    EXPECT_TRUE(series.settle());
    return series;
}

TEST(SisterSeries, tells_when_two_that_move_together_part) {
    Random random(1);
    SisterSeries series = settled(random);
    double usual = 0;
    for (int i = 0; i < 300; ++i) usual = std::max(usual, series.judge(row(random)).score);
    EXPECT_LT(usual, 1.6);
    SisterJudgement odd;
    for (int i = 0; i < 10; ++i) odd = series.judge(row(random, 1.5));
    EXPECT_GT(odd.score, kSisterAlarm * 1.5) << "1.5 is within the usual range of either series";
    EXPECT_GT(odd.parts[0] + odd.parts[1], 0.7 * odd.score);
    EXPECT_EQ(odd.parts[3], 0) << "what never moved says nothing";
}

TEST(SisterSeries, gives_parts_that_add_up) {
    Random random(2);
    SisterSeries series = settled(random);
    for (int i = 0; i < 200; ++i) {
        const SisterJudgement judged = series.judge(row(random, i % 7 == 0 ? 3 : 0));
        EXPECT_NEAR(std::accumulate(judged.parts.begin(), judged.parts.end(), 0.0), judged.score,
                    1e-12);
    }
}

TEST(SisterSeries, measures_as_hotelling_does_where_all_axes_are_usual) {
    // Independent series of equal scatter: T2 over all axes is the sum of squares.
    Random random(3);
    SisterSeries series(1);
    for (int i = 0; i < 4'000; ++i) {
        series.learn(std::vector<double>{random.normal()});
    }
    ASSERT_TRUE(series.settle());
    // Three lags of white noise: nine tenths of the variance need all three axes.
    series.judge(std::vector<double>{0.0});
    const double before = series.judge(std::vector<double>{0.0}).score;
    const double smoothed = series.judge(std::vector<double>{4.0}).score;
    const double now = (smoothed - 0.8 * before) / 0.2;
    // The 99th of a hundred chi-squares with three degrees is 11.34, and 16 is what a lone 4 gives.
    EXPECT_NEAR(std::exp(now) - 1, 16 / 11.34, 0.15);
}

TEST(SisterSeries, does_not_settle_on_too_little) {
    SisterSeries few(2);
    for (int i = 0; i < 19; ++i) few.learn(std::vector<double>{double(i), 1});
    EXPECT_FALSE(few.settle());
    SisterSeries still(2);
    for (int i = 0; i < 100; ++i) still.learn(std::vector<double>{3, 4});
    EXPECT_FALSE(still.settle());
}

TEST(SisterSeries, bears_values_that_are_none) {
    Random random(4);
    SisterSeries series = settled(random);
    const SisterJudgement judged =
        series.judge(std::vector<double>{std::nan(""), INFINITY, 1e300, -1e300});
    EXPECT_TRUE(std::isfinite(judged.score));
}

TEST(SisterSeries, goes_on_from_what_was_saved_as_if_it_had_not_stopped) {
    Random random(5), same(5);
    SisterSeries straight(4), stopped(4);
    for (int i = 0; i < 400; ++i) {
        if (i == 250) {
            EXPECT_TRUE(straight.settle());
            EXPECT_TRUE(stopped.settle());
        }
        if (i < 250) {
            straight.learn(row(random));
            stopped.learn(row(same));
        } else {
            EXPECT_EQ(straight.judge(row(random)).score, stopped.judge(row(same)).score);
        }
        if (i % 61 != 0) continue;
        const std::string saved = save_sealed(stopped);
        stopped = SisterSeries(4);
        ASSERT_TRUE(restore_sealed(stopped, saved));
    }
    EXPECT_TRUE(are_same(straight, stopped));
}

TEST(SisterSeries, refuses_what_is_damaged) {
    Random random(6);
    const SisterSeries series = settled(random, 60);
    EXPECT_TRUE(refuses_all_damage([] { return SisterSeries(4); }, save_sealed(series), 13));
    SisterSeries other(3);
    EXPECT_FALSE(restore_sealed(other, save_sealed(series)));
}

}  // namespace
}  // namespace vedette::learn
