// SPDX-License-Identifier: Apache-2.0
#include "learn/moments/seasonal_moments.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <tuple>
#include <vector>

#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

constexpr std::int64_t kHourNs = 3'600 * base::kNsPerSecond;
/// A Thursday, 00:00 UTC.
constexpr std::int64_t kMondayNs = 2'900 * 168 * kHourNs;

/// Ten-minute values of an office: busy on working days, quiet at night.
double office(std::int64_t step) {
    const std::int64_t hour = step / 6 % 168;
    const bool is_weekend = hour / 24 == 2 || hour / 24 == 3;
    return is_weekend || hour % 24 < 8 || hour % 24 > 17 ? 20 : 100;
}

base::Timestamp step_time(std::int64_t step) { return {kMondayNs + step * (kHourNs / 6)}; }

SeasonalMoments office_after(std::int64_t weeks, double noise, std::uint64_t seed) {
    SeasonalMoments moments;
    Random random(seed);
    for (std::int64_t step = 0; step < weeks * 1'008; ++step) {
        moments.update(step_time(step), office(step) + noise * random.normal(), 0, 1);
    }
    return moments;
}

TEST(SeasonalMoments, learn_the_shape_of_the_week_and_the_scatter_about_it) {
    const std::int64_t weeks = 6;
    const SeasonalMoments moments = office_after(weeks, 4, 1);
    double squares = 0;
    for (std::int64_t step = weeks * 1'008; step < (weeks + 1) * 1'008; ++step) {
        const Expectation usual = moments.expected(step_time(step), 1, nullptr);
        squares += std::pow(usual.value - office(step), 2);
        EXPECT_EQ(3, usual.weeks_of_hour);
    }
    EXPECT_LT(std::sqrt(squares / 1'008), 4);
    // Without the week the scatter would be 37.
    const Expectation usual = moments.expected(step_time(weeks * 1'008), 1, nullptr);
    EXPECT_GT(usual.deviation, 3.5);
    EXPECT_LT(usual.deviation, 10);
    EXPECT_TRUE(moments.check_invariants().has_value());
}

TEST(SeasonalMoments, hold_nine_of_ten_values_in_their_interval) {
    SeasonalMoments moments = office_after(8, 4, 2);
    Random random(3);
    int inside = 0, count = 0;
    for (std::int64_t step = 8 * 1'008; step < 10 * 1'008; ++step, ++count) {
        const double value = office(step) + 4 * random.normal();
        const Expectation usual = moments.expected(step_time(step), 1, nullptr);
        inside += value >= usual.low && value <= usual.high ? 1 : 0;
        moments.update(step_time(step), value, 0, 1);
    }
    EXPECT_GT(inside, 0.85 * count);
    EXPECT_LT(inside, 0.99 * count);
}

TEST(SeasonalMoments, are_moved_little_by_what_is_far_off) {
    SeasonalMoments moments = office_after(6, 4, 4);
    const base::Timestamp time = step_time(6 * 1'008);
    const Expectation before = moments.expected(time, 1, nullptr);
    const Contribution learned = moments.update(time, 1e6, 0, 1);
    EXPECT_NEAR(before.value + kWinsorDeviations * before.deviation, learned.raw, 1e-3);
    EXPECT_LT(moments.expected(time, 1, nullptr).value - before.value, before.deviation * 0.02);
}

TEST(SeasonalMoments, follow_a_change_that_stays) {
    SeasonalMoments moments;
    std::int64_t step = 0;
    for (; step < 2'000; ++step) moments.update(step_time(step), 5, 0, 1);
    for (; step < 6'000; ++step) moments.update(step_time(step), 500, 0, 1);
    EXPECT_NEAR(500, moments.expected(step_time(step), 1, nullptr).value, 25);
}

TEST(SeasonalMoments, learn_nothing_from_one_at_full_risk) {
    SeasonalMoments moments = office_after(1, 4, 5);
    const std::uint64_t before = moments.checksum();
    EXPECT_EQ(0, moments.update(step_time(1'008), 50, 1, 1).share);
    EXPECT_EQ(before, moments.checksum());
    EXPECT_NEAR(0.25, moments.update(step_time(1'008), 50, 0.75, 1).share, 1e-12);
}

TEST(SeasonalMoments, borrow_level_and_week_of_their_peers_and_grow_out_of_them) {
    const SeasonalMoments peers = office_after(6, 4, 6);
    SeasonalMoments own;
    const std::int64_t start = 6 * 1'008;
    const Expectation first = own.expected(step_time(start + 600), 1, &peers);
    EXPECT_NEAR(office(start + 600), first.value, 8);
    EXPECT_EQ(0, first.own_share);
    // Ten times as busy as its peers.
    for (std::int64_t step = start; step < start + 60; ++step) {
        own.update(step_time(step), 1'000, 0, 1);
    }
    const Expectation later = own.expected(step_time(start + 60), 1, &peers);
    EXPECT_GT(later.own_share, 0.8);
    EXPECT_GT(later.value, 500);
}

TEST(SeasonalMoments, tell_of_a_constant_that_it_scatters_by_what_can_be_told_apart) {
    SeasonalMoments moments;
    for (std::int64_t step = 0; step < 100; ++step) {
        moments.update(step_time(step), 7, 0, 1);
    }
    const Expectation usual = moments.expected(step_time(100), 1, nullptr);
    EXPECT_NEAR(7, usual.value, 1e-6);
    EXPECT_EQ(0.25, usual.deviation);
    EXPECT_EQ(0, SeasonalMoments().expected(step_time(0), 1, nullptr).weight);
}

TEST(SeasonalMoments, forget_an_attack_that_is_taken_out) {
    SeasonalMoments clean = office_after(4, 4, 7), attacked = clean;
    Random random(8);
    std::vector<Contribution> learned;
    for (std::int64_t step = 4 * 1'008; step < 5 * 1'008; ++step) {
        const double value = office(step) + 4 * random.normal();
        clean.update(step_time(step), value, 0, 1);
        attacked.update(step_time(step), value, 0, 1);
        if (step % 3 == 0) {
            learned.push_back(attacked.update(step_time(step), value + 60, 0, 1));
        }
    }
    const base::Timestamp now = step_time(5 * 1'008);
    const double with = attacked.expected(now, 1, nullptr).value;
    for (const Contribution& one : learned) attacked.subtract(one);
    const double without = attacked.expected(now, 1, nullptr).value;
    const double right = clean.expected(now, 1, nullptr).value;
    EXPECT_GT(std::abs(with - right), 2);
    EXPECT_LT(std::abs(without - right), 0.5 * std::abs(with - right));
    EXPECT_TRUE(attacked.check_invariants().has_value());
}

RC_GTEST_PROP(SeasonalMoments, stopped_anywhere_go_on_as_if_they_had_not_been, ()) {
    const auto values = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 5'000), rc::gen::inRange(-100, 100)));
    const auto cut = *rc::gen::inRange<std::size_t>(0, values.size() + 1);
    SeasonalMoments whole, first, second;
    const auto feed = [&](SeasonalMoments& moments, std::size_t i) {
        moments.update(step_time(values[i].first), values[i].second, (i % 4) / 4.0, 1);
        RC_ASSERT(moments.check_invariants().has_value());
    };
    for (std::size_t i = 0; i < values.size(); ++i) feed(whole, i);
    for (std::size_t i = 0; i < cut; ++i) feed(first, i);
    RC_ASSERT(restore_sealed(second, save_sealed(first)).has_value());
    for (std::size_t i = cut; i < values.size(); ++i) feed(second, i);
    RC_ASSERT(are_same(whole, second));
}

TEST(SeasonalMoments, are_288_bytes_and_refuse_a_damaged_state) {
    EXPECT_EQ(288u, SeasonalMoments().memory_bytes());
    EXPECT_TRUE(
        refuses_all_damage([] { return SeasonalMoments(); }, save_sealed(office_after(3, 4, 9))));
}

TEST(HourProfile, keeps_the_mean_of_changes_smaller_than_its_step) {
    HourProfile profile;
    Random random(1);
    double exact = 0;
    int weeks = 0;
    for (int week = 0; week < 4'000; ++week) {
        const double distance = 3 + 0.05 * random.normal();
        profile.learn(5, distance, 16);  // steps of 1
        exact += profile.distance(5);
        ++weeks;
    }
    EXPECT_NEAR(3, exact / weeks, 0.1);
    EXPECT_EQ(3, profile.weeks(5));
    EXPECT_EQ(0, profile.weeks(6));
}

TEST(HourProfile, grows_coarse_for_what_is_large_and_fine_again) {
    HourProfile profile;
    profile.learn(1, 1, 1);
    profile.learn(2, 1e6, 1);
    EXPECT_NEAR(1e6, profile.distance(2), 1e6 / 60);
    for (int week = 0; week < 200; ++week) {
        for (std::uint32_t hour = 0; hour < kHoursOfWeek; ++hour) profile.learn(hour, 1, 1);
    }
    EXPECT_NEAR(1, profile.distance(2), 0.5);
    EXPECT_TRUE(profile.check_invariants().has_value());
}

TEST(HourProfile, knows_the_hour_before_1970_too) {
    EXPECT_EQ(0u, hour_of_week({0}));
    EXPECT_EQ(167u, hour_of_week({-1}));
    EXPECT_EQ(1u, hour_of_week({kMondayNs + kHourNs}));
}

RC_GTEST_PROP(SeasonalMoments, met_are_expected_and_taught_to_the_last_bit, ()) {
    SeasonalMoments peers = office_after(2, 4, 7);
    SeasonalMoments one, other;
    DecayBetween decay;
    const auto steps = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
        rc::gen::tuple(rc::gen::inRange(-3, 400), rc::gen::inRange(0, 90), rc::gen::inRange(0, 5)));
    std::int64_t step = 0;
    for (const auto& [wait, value, quarter] : steps) {
        step += wait;
        const base::Timestamp time = step_time(step);
        const SeasonalMoments* const lender = value % 3 == 0 ? nullptr : &peers;
        const Expectation expected = one.expected(time, 1, lender);
        const Contribution learned = one.update(time, value, quarter / 4.0, 1);
        const Met met = other.meet(time, value, quarter / 4.0, 1, lender, decay);
        RC_ASSERT(met.expected.value == expected.value);
        RC_ASSERT(met.expected.deviation == expected.deviation);
        RC_ASSERT(met.expected.weight == expected.weight);
        RC_ASSERT(met.learned.value == learned.value && met.learned.raw == learned.raw);
        RC_ASSERT(met.learned.share == learned.share);
    }
    RC_ASSERT(are_same(one, other));
}

}  // namespace
}  // namespace vedette::learn
