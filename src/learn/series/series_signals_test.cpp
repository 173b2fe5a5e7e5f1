// SPDX-License-Identifier: Apache-2.0
#include "learn/series/series_signals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

constexpr std::int64_t kStepNs = 300 * base::kNsPerSecond;
constexpr std::int64_t kStartNs = 5'900'000 * kStepNs;

base::Timestamp step_time(std::int64_t step) { return {kStartNs + step * kStepNs}; }

double day_wave(std::int64_t step) {
    return 50 * std::sin(static_cast<double>(step) / 288 * 6.283185307);
}

/// Three weeks of a daily wave with noise, then what `odd` adds; the scores of its last step.
SeriesScores after(const std::function<double(std::int64_t)>& odd, std::int64_t steps) {
    SeriesSignals series;
    Random random(1);
    constexpr std::int64_t kUsual = 21 * 288;
    SeriesScores scores;
    for (std::int64_t step = 0; step < kUsual + steps; ++step) {
        const double more = step < kUsual ? 0 : odd(step - kUsual);
        scores = series.observe(step_time(step), 200 + day_wave(step) + 5 * random.normal() + more,
                                0, 1, nullptr);
    }
    return scores;
}

TEST(SeriesSignals, tell_a_spike_from_the_daily_wave) {
    const SeriesScores spike = after([](std::int64_t) { return 60.0; }, 1);
    EXPECT_GT(spike.residual, 5);
    EXPECT_GT(spike.difference, 5);
    // The wave is as large: by its level alone nothing would be seen.
    EXPECT_LT(spike.level, 3);
    const SeriesScores usual = after([](std::int64_t) { return 0.0; }, 50);
    EXPECT_LT(std::abs(usual.residual), 3);
    EXPECT_LT(std::abs(usual.difference), 4);
}

TEST(SeriesSignals, see_a_gentle_shift_that_no_single_value_shows) {
    const SeriesScores usual = after([](std::int64_t) { return 0.0; }, 72);
    const SeriesScores shifted = after([](std::int64_t) { return 10.0; }, 72);
    EXPECT_LT(std::abs(shifted.residual), 4);
    EXPECT_GT(shifted.shift_long, usual.shift_long + 4);
}

TEST(SeriesSignals, say_nothing_before_anything_is_known) {
    SeriesSignals series;
    for (std::int64_t step = 0; step < 5; ++step) {
        const SeriesScores scores =
            series.observe(step_time(step), step == 4 ? 1e9 : 1, 0, 1, nullptr);
        EXPECT_EQ(0, scores.level);
        EXPECT_EQ(0, scores.difference);
        EXPECT_EQ(0, scores.residual);
    }
}

TEST(SeriesSignals, stopped_anywhere_go_on_as_if_they_had_not_been) {
    for (const std::int64_t cut : {0, 1, 7, 500, 2'999}) {
        SeriesSignals whole, first, second;
        Random random(2);
        std::vector<double> values;
        for (int i = 0; i < 3'000; ++i) values.push_back(random.normal() * 10 + i % 288);
        for (std::int64_t i = 0; i < 3'000; ++i) {
            const double value = values[static_cast<std::size_t>(i)];
            whole.observe(step_time(i), value, 0, 1, nullptr);
            if (i == cut) {
                ASSERT_TRUE(restore_sealed(second, save_sealed(first)).has_value());
            }
            (i < cut ? first : second).observe(step_time(i), value, 0, 1, nullptr);
        }
        EXPECT_TRUE(are_same(whole, second));
    }
}

TEST(SeriesSignals, refuse_a_damaged_state) {
    SeriesSignals series;
    for (std::int64_t i = 0; i < 500; ++i) {
        series.observe(step_time(i), static_cast<double>(i % 7), 0, 1, nullptr);
    }
    EXPECT_TRUE(refuses_all_damage([] { return SeriesSignals(); }, save_sealed(series), 3));
    EXPECT_EQ(408u, series.memory_bytes());
}

}  // namespace
}  // namespace vedette::learn
