// SPDX-License-Identifier: Apache-2.0
#include "engine/disk_forecast.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace vedette::engine {
namespace {

constexpr std::int32_t kToday = 20'000;

ForecastInput steady_days(int days, std::uint64_t bytes, const std::string& name = "a") {
    ForecastInput input;
    input.today = kToday;
    for (int age = 1; age <= days; ++age) {
        input.stored.push_back({name, kToday - age, bytes / 10, bytes, 1});
    }
    return input;
}

TEST(DiskForecast, a_disk_that_takes_ten_more_days_is_full_after_them) {
    RetentionConfig config;
    config.days = 0;
    ForecastInput input = steady_days(8, 1'000);
    input.disk_free_bytes = 10'500;
    const DiskForecast forecast = forecast_disk(config, input);
    EXPECT_EQ(forecast.full.middle, 11);
    EXPECT_EQ(forecast.full.low, 11);
    EXPECT_EQ(forecast.full.high, 11);
    EXPECT_EQ(forecast.steady, std::nullopt);
    ASSERT_EQ(forecast.data_sets.size(), 1u);
    EXPECT_EQ(forecast.data_sets[0].rate.bytes, 1'000);
    EXPECT_EQ(forecast.data_sets[0].rate.days, 7) << "the first day is no whole one";
}

TEST(DiskForecast, is_urgent_by_the_days_that_are_left) {
    DiskForecast forecast;
    EXPECT_EQ(urgency_of(forecast), DiskUrgency::none);
    forecast.full = {15, 20, 30};
    EXPECT_EQ(urgency_of(forecast), DiskUrgency::none);
    forecast.full = {14, 20, std::nullopt};
    EXPECT_EQ(urgency_of(forecast), DiskUrgency::soon) << "at the high rates";
    forecast.full = {3, 3, 4};
    EXPECT_EQ(urgency_of(forecast), DiskUrgency::soon);
    forecast.full = {1, 2, 4};
    EXPECT_EQ(urgency_of(forecast), DiskUrgency::now);
}

TEST(DiskForecast, is_told_in_words) {
    DiskForecast forecast;
    forecast.data_sets.resize(2);
    forecast.data_sets[0].rate.bytes = 5u << 20;
    forecast.data_sets[1].rate.bytes = 7u << 20;
    EXPECT_EQ(text_of(forecast), "12 MB a day: room for years");
    forecast.steady = 31;
    forecast.bytes_at_rest = 400u << 20;
    EXPECT_EQ(text_of(forecast), "12 MB a day: room for what is kept, 400 MB");
    forecast.full = {30, 40, std::nullopt};
    EXPECT_EQ(text_of(forecast), "12 MB a day: full in 40 days (30 to more than 3650)");
}

TEST(DiskForecast, warns_of_the_same_store_on_a_smaller_disk_only) {
    RetentionConfig config;
    config.days = 30;
    ForecastInput input = steady_days(30, 1'000);
    input.disk_free_bytes = 1'000'000;
    EXPECT_EQ(urgency_of(forecast_disk(config, input)), DiskUrgency::none);
    config.days = 0;
    input.disk_free_bytes = 10'500;
    EXPECT_EQ(urgency_of(forecast_disk(config, input)), DiskUrgency::soon);
    input.disk_free_bytes = 1'500;
    EXPECT_EQ(urgency_of(forecast_disk(config, input)), DiskUrgency::now);
    config.days = 30;
    EXPECT_EQ(urgency_of(forecast_disk(config, input)), DiskUrgency::none)
        << "what goes makes the room";
}

TEST(DiskForecast, knows_when_as_much_goes_as_comes) {
    RetentionConfig config;
    config.days = 30;
    ForecastInput input = steady_days(10, 1'000);
    input.disk_free_bytes = 1'000'000;
    const DiskForecast forecast = forecast_disk(config, input);
    EXPECT_EQ(forecast.full.middle, std::nullopt);
    EXPECT_EQ(forecast.bytes_at_rest, 31'000) << "today and thirty days before it";
    ASSERT_TRUE(forecast.steady.has_value());
    EXPECT_NEAR(*forecast.steady, 31, 1);
    EXPECT_EQ(forecast.data_sets[0].bytes_at_rest, 31'000);
    input.disk_free_bytes = 20'000;
    EXPECT_TRUE(forecast_disk(config, input).full.middle.has_value())
        << "but the disk is too small";
}

TEST(DiskForecast, is_not_misled_by_one_day_of_storm) {
    RetentionConfig config;
    config.days = 0;
    ForecastInput input = steady_days(12, 1'000);
    input.stored[3].bytes = 5'000'000;
    input.disk_free_bytes = 50'000;
    EXPECT_EQ(forecast_disk(config, input).full.middle, 51);
}

TEST(DiskForecast, tells_an_interval_where_days_differ) {
    RetentionConfig config;
    config.days = 0;
    ForecastInput input = steady_days(15, 1'000);
    for (std::size_t i = 0; i < input.stored.size(); ++i) input.stored[i].bytes = 500 + 100 * i;
    input.disk_free_bytes = 100'000;
    const DiskForecast forecast = forecast_disk(config, input);
    EXPECT_LT(*forecast.full.low, *forecast.full.middle);
    EXPECT_LT(*forecast.full.middle, *forecast.full.high);
}

TEST(DiskForecast, counts_the_journal_until_its_quota) {
    RetentionConfig config;
    config.days = 1;
    ForecastInput input = steady_days(3, 10);
    input.disk_free_bytes = 1'000;
    input.journal_bytes_per_day = 100;
    input.journal_quota_bytes = 500;
    EXPECT_EQ(forecast_disk(config, input).full.middle, std::nullopt);
    input.journal_quota_bytes = 5'000;
    EXPECT_EQ(forecast_disk(config, input).full.middle, 11);
}

TEST(DiskForecast, on_the_first_day_goes_by_the_hours_there_were) {
    ForecastInput input;
    input.today = kToday;
    input.hours_of_today = 6;
    input.stored = {{"a", kToday, 10, 1'000, 1}};
    input.disk_free_bytes = 8'100;
    const DiskForecast forecast = forecast_disk({}, input);
    EXPECT_EQ(forecast.data_sets[0].rate.bytes, 4'000);
    EXPECT_EQ(forecast.data_sets[0].rate.days, 0);
    EXPECT_EQ(forecast.full.middle, 3);
    EXPECT_TRUE(forecast_disk({}, {}).data_sets.empty()) << "nothing stored is no reason to stop";
}

TEST(DiskForecast, more_a_day_never_fills_later_and_more_room_never_earlier) {
    EXPECT_TRUE(rc::check([] {
        RetentionConfig config;
        config.days = *rc::gen::inRange<std::uint32_t>(0, 50);
        config.bytes_max = *rc::gen::inRange<std::uint64_t>(0, 100'000);
        ForecastInput input =
            steady_days(*rc::gen::inRange(1, 20), *rc::gen::inRange<std::uint64_t>(1, 1'000));
        input.disk_free_bytes = *rc::gen::inRange<std::uint64_t>(0, 100'000);
        const auto days = [](const std::optional<int>& at) {
            return at.value_or(kForecastDays + 1);
        };
        const DiskForecast now = forecast_disk(config, input);
        RC_ASSERT(days(now.full.low) <= days(now.full.middle));
        RC_ASSERT(days(now.full.middle) <= days(now.full.high));
        ForecastInput more = input;
        more.disk_free_bytes += 10'000;
        RC_ASSERT(days(forecast_disk(config, more).full.middle) >= days(now.full.middle));
        config.bytes_max = 0;
        RC_ASSERT(days(forecast_disk(config, input).full.middle) <= days(now.full.middle));
    }));
}

}  // namespace
}  // namespace vedette::engine
