// SPDX-License-Identifier: Apache-2.0
#include "learn/calibrator/calibrator.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "learn/calibrator/uniformity.h"
#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

constexpr std::int64_t kStartNs = 1'764'000'000ll * base::kNsPerSecond;
constexpr std::int64_t kMinuteNs = 60 * base::kNsPerSecond;
constexpr double kYearS = 31'536'000;

/// Scores far enough apart that no two different ones share a bin.
double score_of(int step) { return std::ldexp(1 + 0.125 * (step % 8), step / 8); }

RC_GTEST_PROP(Calibrator, gives_the_rank_among_all_scores_before, ()) {
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100));
    const auto asked = *rc::gen::inRange(0, 100);
    const auto tie = *rc::gen::inRange(0, 5);
    Calibrator calibrator;
    for (const int step : steps) calibrator.insert({kStartNs}, score_of(step));
    double higher = 0, equal = 0;
    for (const int step : steps) {
        higher += step > asked ? 1 : 0;
        equal += step == asked ? 1 : 0;
    }
    const Calibrated found = calibrator.ask(score_of(asked), tie / 4.0, nullptr);
    const double n = static_cast<double>(steps.size());
    RC_ASSERT(found.n == n);
    RC_ASSERT(std::abs(found.smallest - 1 / (n + 1)) < 1e-12);
    if (found.is_tail) {
        RC_ASSERT(higher + equal < 10);
        return;
    }
    const double exact = (higher + tie / 4.0 * (equal + 1)) / (n + 1);
    RC_ASSERT(std::abs(found.p - std::max(exact, found.smallest / 100)) < 1e-9);
}

RC_GTEST_PROP(Calibrator, weighs_the_past_by_its_age, ()) {
    const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 100), rc::gen::inRange(0, 20'000)));
    Calibrator calibrator(86'400);
    std::int64_t minute = 0;
    std::vector<std::pair<int, std::int64_t>> seen;
    for (const auto& [step, wait] : steps) {
        minute += wait;
        seen.emplace_back(step, minute);
        calibrator.insert({kStartNs + minute * kMinuteNs}, score_of(step));
    }
    double higher = 0, total = 0;
    for (const auto& [step, then] : seen) {
        const double weight = std::exp2(static_cast<double>(then - minute) / 1'440);
        total += weight;
        higher += step >= 50 ? weight : 0;
    }
    const Calibrated found = calibrator.ask(score_of(50), 1, nullptr);
    RC_ASSERT(std::abs(found.n - total) <= 0.002 * total + 1e-6);
    RC_ASSERT(found.is_tail || std::abs(found.p - (higher + 1) / (total + 1)) < 0.003);
}

/// Share of p-values below each level, asked before inserted, after a start of 2,000.
std::vector<double> realised(const std::function<double(Random&)>& draw, int count,
                             const std::vector<double>& levels) {
    Calibrator calibrator(kYearS);
    Random random(99);
    std::vector<double> below(levels.size());
    for (int i = 0; i < count + 2'000; ++i) {
        const double score = draw(random);
        const Calibrated found = calibrator.ask(score, random.unit(), nullptr);
        for (std::size_t k = 0; i >= 2'000 && k < levels.size(); ++k) {
            below[k] += found.p < levels[k] ? 1.0 / count : 0;
        }
        calibrator.insert({kStartNs + i * kMinuteNs}, score);
    }
    return below;
}

void expect_kept(const char* what, const std::function<double(Random&)>& draw) {
    const std::vector<double> levels = {0.5, 0.1, 0.01, 0.001, 0.0001};
    const std::vector<double> below = realised(draw, 150'000, levels);
    EXPECT_NEAR(0.5, below[0], 0.01) << what;
    EXPECT_NEAR(0.1, below[1], 0.005) << what;
    EXPECT_NEAR(0.01, below[2], 0.0015) << what;
    EXPECT_NEAR(0.001, below[3], 0.0004) << what;
    EXPECT_LT(below[4], 0.0003) << what;
    EXPECT_GT(below[4], 0.00002) << what;
}

TEST(Calibrator, keeps_its_promise_for_light_and_heavy_tails_and_ties) {
    expect_kept("exponential", [](Random& random) { return random.exponential(); });
    expect_kept("normal", [](Random& random) { return std::abs(random.normal()); });
    expect_kept("Pareto", [](Random& random) { return std::pow(1 - random.unit(), -0.4); });
    expect_kept("log-normal", [](Random& random) { return std::exp(random.normal()); });
    expect_kept("mostly nothing", [](Random& random) {
        return random.unit() < 0.9 ? 0 : std::floor(3 * random.exponential());
    });
}

TEST(Calibrator, keeps_it_in_the_tail_before_a_thousand_were_seen) {
    Random random(5);
    int below = 0, count = 0;
    for (int trial = 0; trial < 300; ++trial) {
        Calibrator calibrator;
        for (int i = 0; i < 400; ++i) calibrator.insert({kStartNs}, random.exponential());
        for (int i = 0; i < 200; ++i, ++count) {
            const Calibrated found = calibrator.ask(random.exponential(), random.unit(), nullptr);
            below += found.p < 0.001 ? 1 : 0;
        }
    }
    EXPECT_LT(below, 2 * 0.001 * count);
    EXPECT_GT(below, 0.25 * 0.001 * count);
}

TEST(Calibrator, tells_the_tail_by_its_shape_and_no_further_than_it_can_know) {
    Calibrator calibrator;
    Random random(7);
    for (int i = 0; i < 20'000; ++i) calibrator.insert({kStartNs}, random.exponential());
    const Calibrated far = calibrator.ask(14, 1, nullptr);
    EXPECT_TRUE(far.is_tail);
    EXPECT_LT(far.p, far.smallest);
    EXPECT_GT(far.p, std::exp(-14) / 3);
    EXPECT_DOUBLE_EQ(far.smallest / 100, calibrator.ask(1e9, 1, nullptr).p);
    EXPECT_FALSE(calibrator.ask(1, 1, nullptr).is_tail);
    double before = 1;
    for (double score = 0; score < 40; score += 0.25) {
        const double p = calibrator.ask(score, 1, nullptr).p;
        EXPECT_LE(p, before * 1.1) << score;
        before = p;
    }
}

TEST(Calibrator, of_one_that_knows_nothing_answers_with_its_parent) {
    Calibrator parent, own;
    Random random(8);
    for (int i = 0; i < 5'000; ++i) parent.insert({kStartNs}, random.exponential());
    const Calibrated first = own.ask(4, 1, &parent);
    EXPECT_NEAR(std::exp(-4), first.p, 0.006);
    EXPECT_EQ(1, first.parent_share);
    EXPECT_EQ(1, own.ask(4, 1, nullptr).p);
    // A quiet segment grows out of its parent.
    for (int i = 0; i < 500; ++i) own.insert({kStartNs}, 0.2 * random.exponential());
    const Calibrated later = own.ask(1, 1, &parent);
    EXPECT_EQ(0, later.parent_share);
    EXPECT_LT(later.p, 0.03);
}

TEST(Calibrator, finds_its_promise_again_after_a_drift) {
    Calibrator calibrator(86'400);
    Random random(9);
    int below = 0, count = 0;
    for (int minute = 0; minute < 30 * 1'440; ++minute) {
        const double score = random.exponential() * (minute < 10 * 1'440 ? 1 : 3);
        const Calibrated found = calibrator.ask(score, random.unit(), nullptr);
        if (minute > 17 * 1'440) {
            ++count;
            below += found.p < 0.01 ? 1 : 0;
        }
        calibrator.insert({kStartNs + minute * kMinuteNs}, score);
    }
    EXPECT_NEAR(0.01, static_cast<double>(below) / count, 0.004);
}

TEST(Calibrator, forgets_an_attack_that_is_taken_out) {
    Calibrator calibrator, attacked;
    Random random(10);
    std::vector<std::pair<base::Timestamp, double>> attack;
    for (int i = 0; i < 20'000; ++i) {
        const base::Timestamp time{kStartNs + i * kMinuteNs};
        const double score = random.exponential();
        calibrator.insert(time, score);
        attacked.insert(time, score);
        if (i % 50 == 0) {
            attack.emplace_back(time, 20 + random.exponential());
            attacked.insert(time, attack.back().second);
        }
    }
    const double clean = calibrator.ask(9, 1, nullptr).p;
    EXPECT_GT(attacked.ask(9, 1, nullptr).p, 10 * clean);
    for (const auto& [time, score] : attack) attacked.subtract(time, score);
    EXPECT_NEAR(1, attacked.ask(9, 1, nullptr).p / clean, 0.2);
    EXPECT_NEAR(calibrator.mass(), attacked.mass(), 1);
    EXPECT_TRUE(attacked.check_invariants().has_value());
}

TEST(Calibrator, stopped_anywhere_goes_on_as_if_it_had_not_been) {
    for (const int cut : {0, 1, 17, 1'000, 3'999}) {
        Calibrator whole, first, second;
        Random random(11);
        for (int i = 0; i < 4'000; ++i) {
            const double score = random.exponential() * 3;
            const base::Timestamp time{kStartNs + i * kMinuteNs * 20};
            if (i == cut) {
                ASSERT_TRUE(restore_sealed(second, save_sealed(first)).has_value());
            }
            Calibrator& cut_one = i < cut ? first : second;
            whole.insert(time, score);
            cut_one.insert(time, score);
            if (i % 100 == 99) {
                whole.subtract(time, score);
                cut_one.subtract(time, score);
            }
        }
        EXPECT_TRUE(are_same(whole, second));
        EXPECT_EQ(whole.ask(9, 0.5, nullptr).p, second.ask(9, 0.5, nullptr).p);
    }
}

TEST(Calibrator, refuses_a_damaged_state) {
    Calibrator calibrator;
    Random random(12);
    for (int i = 0; i < 3'000; ++i) calibrator.insert({kStartNs}, random.exponential());
    EXPECT_TRUE(refuses_all_damage([] { return Calibrator(); }, save_sealed(calibrator), 3));
    EXPECT_LE(calibrator.memory_bytes(), 1'300u);
}

TEST(Uniformity, trusts_who_keeps_the_promise_and_discounts_who_does_not) {
    for (const double times : {0.3, 1.0, 3.0, 10.0}) {
        Uniformity monitor;
        Random random(13);
        for (int i = 0; i < 50'000; ++i) {
            monitor.record({kStartNs + i * kMinuteNs}, random.unit() / times);
        }
        EXPECT_NEAR(times, monitor.ratio(0), 0.3 * times);
        EXPECT_LE(monitor.health(), times >= 3 ? 0.3 : 1.0);
        EXPECT_GE(monitor.health(), times <= 1 ? 1.0 : 0.0);
        EXPECT_EQ(times <= 1, monitor.is_healthy());
    }
}

TEST(Uniformity, judges_nobody_by_one_unlucky_event) {
    Uniformity monitor;
    monitor.record({kStartNs}, 0.0001);
    EXPECT_EQ(1, monitor.health());
    EXPECT_EQ(1'000, monitor.ratio(1));
}

TEST(Uniformity, counts_no_attack_that_is_taken_out) {
    Uniformity monitor;
    for (int i = 0; i < 1'000; ++i) monitor.record({kStartNs + i * kMinuteNs}, 0.5);
    for (int i = 0; i < 100; ++i) monitor.record({kStartNs + i * kMinuteNs}, 1e-5);
    EXPECT_FALSE(monitor.is_healthy());
    for (int i = 0; i < 100; ++i) monitor.subtract({kStartNs + i * kMinuteNs}, 1e-5);
    EXPECT_NEAR(0, monitor.ratio(0), 1e-3);
    EXPECT_EQ(1, monitor.health());
}

RC_GTEST_PROP(Uniformity, stopped_anywhere_goes_on_as_if_it_had_not_been, ()) {
    const auto ps = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 100), rc::gen::inRange(-50, 5'000)));
    const auto cut = *rc::gen::inRange<std::size_t>(0, ps.size() + 1);
    Uniformity whole, first, second;
    std::int64_t minute = 0;
    for (std::size_t i = 0; i < ps.size(); ++i) {
        if (i == cut) RC_ASSERT(restore_sealed(second, save_sealed(first)).has_value());
        minute += ps[i].second;
        whole.record({kStartNs + minute * kMinuteNs}, ps[i].first / 5e3);
        (i < cut ? first : second).record({kStartNs + minute * kMinuteNs}, ps[i].first / 5e3);
    }
    if (cut == ps.size()) RC_ASSERT(restore_sealed(second, save_sealed(first)).has_value());
    RC_ASSERT(are_same(whole, second));
    RC_ASSERT(whole.check_invariants().has_value());
}

}  // namespace
}  // namespace vedette::learn
