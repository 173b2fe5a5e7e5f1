// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "learn/random.h"
#include "learn/sketch/count_min.h"
#include "learn/sketch/hyper_log_log.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

constexpr std::int64_t kStartNs = 1'764'000'000ll * base::kNsPerSecond;
constexpr CountMin::Settings kSmall = {.width_log2 = 8, .half_life_seconds = 86'400};

TEST(HyperLogLog, counts_within_its_standard_error) {
    Random random(11);
    for (const int distinct : {1, 3, 10, 50, 100, 200, 1'000, 20'000}) {
        double squares = 0, sum = 0;
        const int trials = distinct > 5'000 ? 60 : 300;
        for (int trial = 0; trial < trials; ++trial) {
            HyperLogLog count;
            for (int i = 0; i < distinct; ++i) count.add(random.next());
            const double error = count.estimate() / distinct - 1;
            squares += error * error;
            sum += error;
        }
        EXPECT_LT(std::sqrt(squares / trials), 0.13 * 1.25) << distinct;
        EXPECT_LT(std::abs(sum / trials), 0.06) << distinct;
    }
}

TEST(HyperLogLog, is_empty_before_the_first_and_counts_no_value_twice) {
    HyperLogLog count;
    EXPECT_EQ(0, count.estimate());
    for (int i = 0; i < 1'000; ++i) count.add(mix_bits(5));
    EXPECT_NEAR(1, count.estimate(), 0.02);
    EXPECT_EQ(64u, count.memory_bytes());
}

RC_GTEST_PROP(HyperLogLog, merged_is_as_if_one_had_seen_all,
              (const std::vector<std::uint64_t>& one, const std::vector<std::uint64_t>& other)) {
    HyperLogLog first, second, both;
    for (const std::uint64_t value : one) {
        first.add(mix_bits(value));
        both.add(mix_bits(value));
    }
    for (const std::uint64_t value : other) {
        second.add(mix_bits(value));
        both.add(mix_bits(value));
    }
    HyperLogLog restored;
    RC_ASSERT(restore_sealed(restored, save_sealed(second)).has_value());
    first.merge(restored);
    RC_ASSERT(are_same(first, both));
}

TEST(HyperLogLog, refuses_a_damaged_state) {
    HyperLogLog count;
    for (std::uint64_t i = 0; i < 99; ++i) count.add(mix_bits(i));
    EXPECT_TRUE(refuses_all_damage([] { return HyperLogLog(); }, save_sealed(count)));
}

/// Keys, counts and times, with some of them taken out again.
struct Seen {
    std::int64_t second;
    std::uint64_t key;
    int count;
};

std::vector<Seen> some_seen() {
    std::vector<Seen> out;
    for (const auto& [second, key, count] :
         *rc::gen::container<std::vector<std::tuple<int, int, int>>>(rc::gen::tuple(
             rc::gen::inRange(0, 900'000), rc::gen::inRange(0, 300), rc::gen::inRange(1, 9)))) {
        out.push_back({second, static_cast<std::uint64_t>(key), count});
    }
    return out;
}

RC_GTEST_PROP(CountMin, is_never_below_the_exact_decayed_count, ()) {
    CountMin sketch(kSmall);
    const auto seen = some_seen();
    std::map<std::uint64_t, double> exact;
    double total = 0;
    const base::Timestamp now{kStartNs + 1'000'000 * base::kNsPerSecond};
    for (const Seen& one : seen) {
        sketch.add({kStartNs + one.second * base::kNsPerSecond}, one.key, one.count);
        const double left =
            std::exp2(static_cast<double>(one.second - 1'000'000) / kSmall.half_life_seconds);
        exact[one.key] += one.count * left;
        total += one.count * left;
    }
    for (const auto& [key, count] : exact) {
        RC_ASSERT(sketch.estimate(key, now) >= count * (1 - 1e-3));
    }
    RC_ASSERT(std::abs(sketch.total(now) - total) <= 1e-3 * total);
    RC_ASSERT(sketch.check_invariants().has_value());
}

RC_GTEST_PROP(CountMin, forgets_what_is_taken_out, ()) {
    CountMin sketch(kSmall);
    const auto kept = some_seen(), attack = some_seen();
    for (const Seen& one : kept) sketch.add({kStartNs + one.second * 1'000'000'000}, one.key, 1);
    CountMin with = sketch;
    for (const Seen& one : attack) with.add({kStartNs + one.second * 1'000'000'000}, one.key, 1);
    for (const Seen& one : attack) {
        with.subtract({kStartNs + one.second * 1'000'000'000}, one.key, 1);
    }
    const base::Timestamp now{kStartNs + 900'000'000'000'000};
    for (std::uint64_t key = 0; key < 300; ++key) {
        RC_ASSERT(std::abs(sketch.estimate(key, now) - with.estimate(key, now)) < 1e-3);
    }
}

RC_GTEST_PROP(CountMin, stopped_anywhere_goes_on_as_if_it_had_not_been, ()) {
    const auto seen = some_seen();
    const auto cut = *rc::gen::inRange<std::size_t>(0, seen.size() + 1);
    CountMin whole(kSmall), first(kSmall), second(kSmall);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        whole.add({kStartNs + seen[i].second * 99'000'000'000}, seen[i].key, seen[i].count);
        if (i >= cut) continue;
        first.add({kStartNs + seen[i].second * 99'000'000'000}, seen[i].key, seen[i].count);
    }
    RC_ASSERT(restore_sealed(second, save_sealed(first)).has_value());
    for (std::size_t i = cut; i < seen.size(); ++i) {
        second.add({kStartNs + seen[i].second * 99'000'000'000}, seen[i].key, seen[i].count);
    }
    RC_ASSERT(are_same(whole, second));
}

TEST(CountMin, overshoots_its_bound_as_rarely_as_it_promises) {
    CountMin sketch({.width_log2 = 10, .half_life_seconds = 1e9});
    std::map<std::uint64_t, double> exact;
    Random random(5);
    for (int i = 0; i < 200'000; ++i) {
        // Skewed, as values are.
        const auto key = static_cast<std::uint64_t>(1 / (random.unit() + 1e-5));
        sketch.add({kStartNs}, key);
        exact[key] += 1;
    }
    int over = 0;
    for (const auto& [key, count] : exact) {
        over += sketch.estimate(key, {kStartNs}) > count + sketch.error_bound({kStartNs}) ? 1 : 0;
    }
    EXPECT_LT(over, 0.02 * static_cast<double>(exact.size()));
}

RC_GTEST_PROP(CountMin, keeps_what_lies_beside_a_key_apart_from_it,
              (std::uint64_t key, std::uint8_t counts)) {
    CountMin sketch(kSmall);
    const CountMin::Spot spot = sketch.spot(key), beside = spot.beside();
    const double unit = sketch.unit_for_update({kStartNs});
    sketch.add_at(spot, counts * unit);
    RC_ASSERT(sketch.count_at(beside) == 0);
    sketch.add_at(beside, 7 * unit);
    RC_ASSERT(sketch.count_at(spot) == counts * unit);
    RC_ASSERT(sketch.estimate(key, {kStartNs}) == counts);
    RC_ASSERT(sketch.count_at(beside) == 7 * sketch.unit({kStartNs}));
}

TEST(CountMin, lives_through_hundreds_of_half_lives) {
    CountMin sketch(kSmall);
    for (int day = 0; day < 400; ++day) {
        sketch.add({kStartNs + day * base::kNsPerDay}, 1);
    }
    // 1 + 1/2 + 1/4 + ...
    EXPECT_NEAR(2, sketch.estimate(1, {kStartNs + 399 * base::kNsPerDay}), 0.01);
    EXPECT_TRUE(sketch.check_invariants().has_value());
}

TEST(CountMin, refuses_a_damaged_state_and_one_of_other_settings) {
    CountMin sketch(kSmall);
    for (std::uint64_t key = 0; key < 9; ++key) sketch.add({kStartNs}, key);
    const auto make = [] { return CountMin(kSmall); };
    EXPECT_TRUE(refuses_all_damage(make, save_sealed(sketch)));
    CountMin other({.width_log2 = 9, .half_life_seconds = 86'400});
    EXPECT_FALSE(restore_sealed(other, save_sealed(sketch)).has_value());
    EXPECT_EQ(0, other.total({kStartNs}));
}

}  // namespace
}  // namespace vedette::learn
