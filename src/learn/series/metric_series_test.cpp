// SPDX-License-Identifier: Apache-2.0
#include "learn/series/metric_series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

constexpr std::int64_t kStart = 1'764'000'000, kStepS = 300;

base::Timestamp time_of(int i) { return {(kStart + i * kStepS) * base::kNsPerSecond}; }

/// A day's wave with noise.
double usual(int i, Random& random) {
    const double day = static_cast<double>((kStart + i * kStepS) % 86'400) / 86'400;
    return 100 + 20 * std::cos(2 * 3.14159265358979 * day) + 3 * random.normal();
}

TEST(MetricSeries, judges_nothing_at_first_and_a_jump_later) {
    MetricSeries series;
    Random random(1);
    for (int i = 0; i < 3'000; ++i) {
        const SeriesJudgement one = series.observe(time_of(i), usual(i, random));
        if (i < 30) {
            ASSERT_EQ(0, one.bits);
        }
        ASSERT_GT(one.p, 0);
        ASSERT_LE(one.p, 1);
    }
    bool is_found = false;
    for (int i = 3'000; i < 3'010; ++i) {
        is_found |= series.observe(time_of(i), 400).is_alarm;
    }
    EXPECT_TRUE(is_found);
}

TEST(MetricSeries, lines_add_up_and_the_interval_covers) {
    MetricSeries series;
    Random random(2);
    int within = 0, asked = 0, odd = 0;
    for (int i = 0; i < 20'000; ++i) {
        const double value = usual(i, random);
        const SeriesJudgement one = series.observe(time_of(i), value);
        double sum = 0;
        for (const double part : one.parts) sum += part;
        ASSERT_EQ(one.bits, sum + one.calibration);
        if (i < 5'000) continue;
        ++asked;
        within += value >= one.low && value <= one.high;
        odd += one.p < 0.01;
    }
    EXPECT_NEAR(0.90, within / static_cast<double>(asked), 0.05);
    EXPECT_GT(odd, asked / 200);  // half of what was promised
    EXPECT_LT(odd, asked / 50);   // twice
}

TEST(MetricSeries, an_alarm_is_followed_by_quiet) {
    MetricSeries series;
    Random random(3);
    int last = -1'000;
    for (int i = 0; i < 6'000; ++i) {
        const double value = usual(i, random) + (i % 500 < 5 ? 300 : 0);
        if (!series.observe(time_of(i), value).is_alarm) continue;
        EXPECT_GT(i - last, 120);
        last = i;
    }
    EXPECT_GE(last, 0);
}

TEST(MetricSeries, goes_on_where_it_was_saved_and_refuses_damage) {
    const auto make = [] { return MetricSeries(); };
    MetricSeries series, stopped;
    Random random(4);
    for (int i = 0; i < 1'500; ++i) {
        const double value = i % 400 == 399 ? 1e300 : usual(i, random);
        series.observe(time_of(i), value);
        stopped.observe(time_of(i), value);
        if (i % 300 != 299) continue;
        MetricSeries next;
        ASSERT_TRUE(restore_sealed(next, save_sealed(stopped)).has_value());
        stopped = next;
        ASSERT_TRUE(series.check_invariants().has_value());
    }
    EXPECT_TRUE(are_same(series, stopped));
    EXPECT_TRUE(refuses_all_damage(make, save_sealed(series), 97));
}

/// The long way: every known pattern, one by one.
TEST(PatternBook, finds_the_nearest_as_a_plain_search_does) {
    PatternBook book;
    std::vector<PatternBook::Pattern> known;
    Random random(5);
    const auto any = [&random] {
        PatternBook::Pattern out{};
        for (double& value : out) value = random.normal();
        return out;
    };
    for (std::size_t i = 0; i < PatternBook::kPatterns; ++i) {
        known.push_back(any());
        book.learn(known.back(), {}, true);
    }
    for (int i = 0; i < 1'000; ++i) {
        const PatternBook::Pattern asked = any();
        std::size_t best = 0;
        double least = 1e300;
        for (std::size_t k = 0; k < known.size(); ++k) {
            const double square = std::transform_reduce(
                asked.begin(), asked.end(), known[k].begin(), 0.0, std::plus<>(),
                [](double a, double b) { return (a - b) * (a - b); });
            if (square < least) {
                least = square;
                best = k;
            }
        }
        const PatternBook::Nearest found = book.nearest(asked);
        ASSERT_EQ(best, found.index);
        ASSERT_NEAR(std::sqrt(least), found.distance, 1e-12);
    }
    book.learn(known[3], book.nearest(known[3]), false);
    book.learn(any(), {}, true);
    EXPECT_EQ(PatternBook::kPatterns, book.size());
    EXPECT_TRUE(book.check_invariants().has_value());
}

}  // namespace
}  // namespace vedette::learn
