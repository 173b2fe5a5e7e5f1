// SPDX-License-Identifier: Apache-2.0
#include "learn/moments/decayed_moments.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <tuple>
#include <vector>

#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

constexpr std::int64_t kStartNs = 1'764'000'000ll * base::kNsPerSecond;

struct Observation {
    base::Timestamp time;
    double value, share;
};

/// Observations up to a few weeks apart, in any order.
std::vector<Observation> observations() {
    const auto numbers = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(rc::gen::tuple(
        rc::gen::inRange(0, 4'000'000), rc::gen::inRange(-1'000, 1'000), rc::gen::inRange(1, 5)));
    std::vector<Observation> out;
    for (const auto& [second, value, quarter] : numbers) {
        out.push_back(
            {{kStartNs + second * base::kNsPerSecond}, value / 8.0, std::min(1.0, quarter / 4.0)});
    }
    return out;
}

/// The long way: the weighted sum over all that was seen.
Moments direct(const std::vector<Observation>& all, Horizon horizon, base::Timestamp now) {
    const double half_life = kHalfLifeSeconds[static_cast<std::size_t>(horizon)];
    Moments out;
    double sum = 0;
    for (const Observation& one : all) {
        const double age = static_cast<double>(now.unix_ns - one.time.unix_ns) / 1e9;
        const double weight = one.share * std::exp2(-age / half_life);
        out.weight += weight;
        sum += weight * one.value;
    }
    if (out.weight <= 0) return out;
    out.mean = sum / out.weight;
    for (const Observation& one : all) {
        const double age = static_cast<double>(now.unix_ns - one.time.unix_ns) / 1e9;
        out.variance += one.share * std::exp2(-age / half_life) / out.weight *
                        (one.value - out.mean) * (one.value - out.mean);
    }
    return out;
}

void expect_direct(const DecayedMoments& moments, const std::vector<Observation>& all,
                   double tolerance) {
    for (std::size_t h = 0; h < kHorizons; ++h) {
        const auto horizon = static_cast<Horizon>(h);
        const Moments exact = direct(all, horizon, moments.last());
        const Moments got = moments.at(horizon, moments.last());
        RC_ASSERT(std::abs(got.weight - exact.weight) <= tolerance * (1 + exact.weight));
        if (exact.weight < 0.01) continue;
        const double scale = 1 + std::abs(exact.mean) + std::sqrt(exact.variance);
        RC_ASSERT(std::abs(got.mean - exact.mean) <= tolerance * scale);
        RC_ASSERT(std::abs(got.variance - exact.variance) <= tolerance * scale * scale * 4);
    }
}

RC_GTEST_PROP(DecayedMoments, are_the_direct_weighted_sums_in_any_order_of_time, ()) {
    const auto all = observations();
    DecayedMoments moments;
    for (const Observation& one : all) moments.add(one.time, one.value, one.share);
    RC_ASSERT(moments.check_invariants().has_value());
    if (!all.empty()) expect_direct(moments, all, 2e-5);
}

RC_GTEST_PROP(DecayedMoments, forget_what_is_taken_out, ()) {
    const auto kept = observations();
    RC_PRE(kept.size() >= 4u);
    const auto attack = observations();
    DecayedMoments moments;
    for (std::size_t i = 0; i < std::max(kept.size(), attack.size()); ++i) {
        if (i < kept.size()) moments.add(kept[i].time, kept[i].value, kept[i].share);
        if (i < attack.size()) moments.add(attack[i].time, attack[i].value, attack[i].share);
    }
    for (const Observation& one : attack) moments.subtract(one.time, one.value, one.share);
    RC_ASSERT(moments.check_invariants().has_value());
    const Moments exact = direct(kept, Horizon::sixty_days, moments.last());
    const Moments got = moments.at(Horizon::sixty_days, moments.last());
    RC_ASSERT(std::abs(got.mean - exact.mean) <= 0.01 * (1 + std::sqrt(exact.variance)));
    RC_ASSERT(std::abs(got.variance - exact.variance) <= 0.01 * (1 + exact.variance) + 1);
}

RC_GTEST_PROP(DecayedMoments, stopped_anywhere_go_on_as_if_they_had_not_been, ()) {
    const auto all = observations();
    const auto cut = *rc::gen::inRange<std::size_t>(0, all.size() + 1);
    DecayedMoments whole, first, second;
    for (const Observation& one : all) whole.add(one.time, one.value, one.share);
    for (std::size_t i = 0; i < cut; ++i) first.add(all[i].time, all[i].value, all[i].share);
    RC_ASSERT(restore_sealed(second, save_sealed(first)).has_value());
    for (std::size_t i = cut; i < all.size(); ++i) {
        second.add(all[i].time, all[i].value, all[i].share);
    }
    RC_ASSERT(are_same(whole, second));
}

TEST(DecayedMoments, can_count_some_of_the_newest_as_less) {
    DecayedMoments lowered, direct;
    double sum = 0;
    for (int i = 0; i < 300; ++i) {
        const bool is_new = i >= 250;
        const double value = i % 7 + (is_new ? 40 : 0);
        lowered.add({kStartNs}, value);
        direct.add({kStartNs}, is_new ? value - 38 : value);
        sum += is_new ? value : 0;
    }
    lowered.lower(50, sum / 50, 38);
    const Moments got = lowered.at(Horizon::week, {kStartNs});
    const Moments exact = direct.at(Horizon::week, {kStartNs});
    EXPECT_EQ(exact.weight, got.weight);
    EXPECT_NEAR(exact.mean, got.mean, 1e-4);
    EXPECT_NEAR(exact.variance, got.variance, 1e-3);
    lowered.lower(1e9, 5, 3);
    EXPECT_TRUE(lowered.check_invariants().has_value());
}

TEST(DecayedMoments, know_nothing_before_anything_was_seen) {
    const DecayedMoments moments;
    EXPECT_TRUE(moments.is_empty());
    EXPECT_EQ(0, moments.at(Horizon::week, {kStartNs}).weight);
}

TEST(DecayedMoments, weigh_half_after_a_half_life) {
    DecayedMoments moments;
    moments.add({kStartNs}, 5);
    const Moments later = moments.at(Horizon::week, {kStartNs + 7 * base::kNsPerDay});
    EXPECT_NEAR(0.5, later.weight, 1e-6);
    EXPECT_EQ(5, later.mean);
}

TEST(DecayedMoments, stay_bounded_under_a_flood_and_still_follow_it) {
    DecayedMoments moments;
    for (int i = 0; i < 1'000'000; ++i) moments.add({kStartNs}, 10);
    for (int i = 0; i < 1'000'000; ++i) moments.add({kStartNs}, 20);
    const Moments got = moments.at(Horizon::week, {kStartNs});
    EXPECT_EQ(kMomentsWeightMax, got.weight);
    EXPECT_GT(got.mean, 19.5);
}

TEST(DecayedMoments, are_56_bytes) { EXPECT_EQ(56u, DecayedMoments().memory_bytes()); }

TEST(DecayedMoments, refuse_a_damaged_state) {
    DecayedMoments moments;
    moments.add({kStartNs}, 5);
    moments.add({kStartNs + base::kNsPerDay}, 7);
    EXPECT_TRUE(refuses_all_damage([] { return DecayedMoments(); }, save_sealed(moments)));
}

}  // namespace
}  // namespace vedette::learn
