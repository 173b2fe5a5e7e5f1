// SPDX-License-Identifier: Apache-2.0
#include "learn/evidence/evidence.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "learn/evidence/running_evidence.h"
#include "learn/fixed_math.h"
#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

constexpr std::int64_t kStartNs = 1'764'000'000ll * base::kNsPerSecond;

double sum_of(std::span<const EvidenceLine> lines) {
    double sum = 0;
    for (const EvidenceLine& line : lines) sum += line.bits;
    return sum;
}

TEST(Evidence, of_uniform_p_values_has_the_mean_1) {
    // By the midpoint rule in ln p, on which e * p is smooth: no chance in it.
    double mean = 0;
    const double step = 1e-3;
    for (double x = step / 2; x < 200; x += step)
        mean += e_of_p(std::exp(-x)) * std::exp(-x) * step;
    EXPECT_NEAR(1 - 1.0 / 200, mean, 1e-4);  // what lies beyond 200 is 1/200
    EXPECT_DOUBLE_EQ(0.5, e_of_p(1));
    EXPECT_GT(e_of_p(0.01), 4);
    for (double x = 0.05; x < 0.2; x += 0.001) {
        const double exact = (std::expm1(x) - x) / (x * x);
        EXPECT_NEAR(exact, e_of_p(std::exp(-x)), 1e-9);
    }
    EXPECT_EQ(e_of_p(0), e_of_p(1e-100));
}

TEST(Evidence, falls_as_p_grows) {
    double before = 1e300;
    for (double p = 1e-50; p < 1; p *= 1.1) {
        EXPECT_LT(e_of_p(p), before);
        before = e_of_p(p);
    }
}

/// Mean of 2^bits of five detectors that depend on each other as `draw` says; large values are
/// rare and heavy, so that the mean is of those below a bound, which can only lie lower.
template <typename Draw>
double mean_e(Draw draw) {
    Random random(21);
    constexpr int kCount = 300'000;
    double sum = 0;
    for (int i = 0; i < kCount; ++i) {
        std::vector<EvidencePart> parts(5);
        draw(random, parts);
        sum += std::exp2(combined_bits(parts));
    }
    return sum / kCount;
}

TEST(Evidence, of_detectors_together_earns_nothing_while_nothing_is_wrong_however_they_depend) {
    const double alike = mean_e([](Random& random, std::vector<EvidencePart>& parts) {
        const double p = random.unit() + 1e-12;
        for (EvidencePart& part : parts) part = {p, 1, 1};
    });
    const double apart = mean_e([](Random& random, std::vector<EvidencePart>& parts) {
        for (EvidencePart& part : parts) part = {random.unit() + 1e-12, 1, 1};
    });
    const double opposed = mean_e([](Random& random, std::vector<EvidencePart>& parts) {
        const double p = random.unit();
        for (std::size_t i = 0; i < parts.size(); ++i) {
            parts[i] = {std::abs(p - (i % 2 ? 1 : 0)) + 1e-12, 0.2 * static_cast<double>(i),
                        1.0 + static_cast<double>(i)};
        }
    });
    for (const double mean : {alike, apart, opposed}) {
        EXPECT_LT(mean, 1.03);
        EXPECT_GT(mean, 0.8);
    }
}

RC_GTEST_PROP(Evidence, is_the_sum_of_its_lines_exactly, ()) {
    const auto numbers = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
        rc::gen::tuple(rc::gen::inRange(0, 400), rc::gen::inRange(0, 11), rc::gen::inRange(0, 4)));
    std::vector<EvidencePart> parts;
    for (const auto& [surprise, health, weight] : numbers) {
        parts.push_back({std::exp2(-surprise / 10.0), health / 10.0, weight * 0.7});
    }
    std::vector<EvidenceLine> lines;
    const double bits = combined_bits(parts, lines);
    RC_ASSERT(bits == combined_bits(parts));
    RC_ASSERT(sum_of(lines) == bits);
    std::reverse(lines.begin(), lines.end());
    RC_ASSERT(sum_of(lines) == bits);
    // Against the plain formula.
    double mean = 0, weights = 0;
    for (const EvidencePart& part : parts) {
        mean += part.weight * (1 - part.health + part.health * e_of_p(part.p));
        weights += part.weight;
    }
    if (weights > 0) RC_ASSERT(std::abs(bits - std::log2(mean / weights)) <= kBitsStep + 1e-9);
}

TEST(Evidence, reads_as_an_account) {
    std::vector<EvidenceLine> lines;
    const std::vector<EvidencePart> parts = {{0.5, 1, 1}, {1e-6, 0.5, 1}, {1e-4, 1, 1}};
    const double bits = combined_bits(parts, lines);
    // What the first adds is less than a step.
    ASSERT_EQ(5u, lines.size());
    EXPECT_EQ(LineKind::surprise, lines[0].kind);
    EXPECT_EQ(1u, lines[0].part);
    EXPECT_NEAR(19.93, lines[0].bits, 0.01);
    EXPECT_EQ(LineKind::calibration, lines[1].kind);
    EXPECT_LT(lines[1].bits, -5);
    EXPECT_EQ(LineKind::health, lines[2].kind);
    EXPECT_NEAR(-1, lines[2].bits, 0.01);
    EXPECT_EQ(LineKind::corroboration, lines[3].kind);
    EXPECT_EQ(2u, lines[3].part);
    EXPECT_GT(lines[3].bits, 0);
    EXPECT_EQ(LineKind::overlap, lines.back().kind);
    EXPECT_NEAR(-std::log2(3), lines.back().bits, 0.01);
    EXPECT_GT(bits, 9);
}

TEST(Evidence, of_one_detector_that_cries_wolf_does_not_own_the_sum) {
    const std::vector<EvidencePart> wolf = {{1e-9, 0.01, 1}, {0.5, 1, 1}};
    const std::vector<EvidencePart> two = {{1e-5, 1, 1}, {1e-5, 1, 1}};
    EXPECT_LT(combined_bits(wolf), combined_bits({{{1e-9, 1, 1}, {0.5, 1, 1}}}) - 6);
    EXPECT_GT(combined_bits(two), 9);
    EXPECT_EQ(0, combined_bits({}));
}

RC_GTEST_PROP(RunningEvidence, steps_add_up_and_stop_anywhere, ()) {
    const auto events = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(rc::gen::tuple(
        rc::gen::inRange(-100, 40'000), rc::gen::inRange(0, 10), rc::gen::inRange(-20, 120)));
    const auto cut = *rc::gen::inRange<std::size_t>(0, events.size() + 1);
    const RunningEvidence::Settings settings;
    RunningEvidence whole, second;
    std::int64_t second_of = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto& [wait, family, tenth] = events[i];
        second_of += wait;
        if (i == cut) RC_ASSERT(restore_sealed(second, save_sealed(whole)).has_value());
        const base::Timestamp time{kStartNs + second_of * base::kNsPerSecond};
        const EvidenceStep step =
            whole.add(time, static_cast<std::uint32_t>(family), tenth / 10.0, settings);
        RC_ASSERT(step.before + sum_of({step.lines.data(), step.line_count}) == step.after);
        RC_ASSERT(step.after == whole.bits(time, settings));
        RC_ASSERT(whole.check_invariants().has_value());
        if (i >= cut) {
            second.add(time, static_cast<std::uint32_t>(family), tenth / 10.0, settings);
            RC_ASSERT(are_same(whole, second));
        }
    }
}

TEST(RunningEvidence, is_the_plain_recursion_while_no_cap_is_reached) {
    const RunningEvidence::Settings settings = {.half_life_seconds = 3'600, .cap_bits = 1'000};
    RunningEvidence running;
    Random random(5);
    double plain = 0;
    for (int minute = 0; minute < 20'000; ++minute) {
        const base::Timestamp time{kStartNs + minute * 60 * base::kNsPerSecond};
        const double bits = std::log2(e_of_p(random.unit() + 1e-9)) + 0.3;
        plain = std::max(0.0, std::max(0.0, plain - (minute > 0 ? 1.0 / 60 : 0)) + bits);
        EXPECT_NEAR(plain, running.add(time, 1, bits, settings).after, 0.3);
        plain = running.bits(time, settings);
    }
}

TEST(RunningEvidence, lets_no_family_say_more_than_its_cap_a_day) {
    const RunningEvidence::Settings settings = {.half_life_seconds = 1e9, .cap_bits = 20};
    RunningEvidence running;
    for (int i = 0; i < 100; ++i) running.add({kStartNs}, 3, 7, settings);
    EXPECT_EQ(20, running.bits({kStartNs}, settings));
    running.add({kStartNs}, 4, 7, settings);
    EXPECT_EQ(27, running.bits({kStartNs}, settings));
    running.add({kStartNs + base::kNsPerDay}, 3, 7, settings);
    EXPECT_NEAR(34, running.bits({kStartNs + base::kNsPerDay}, settings), 0.01);
}

TEST(RunningEvidence, loses_a_bit_in_a_half_life_however_often_it_is_looked_at) {
    const RunningEvidence::Settings settings = {.half_life_seconds = 1'000, .cap_bits = 20};
    RunningEvidence often, once;
    often.add({kStartNs}, 1, 10, settings);
    once.add({kStartNs}, 1, 10, settings);
    for (int ms = 0; ms < 3'000'000; ms += 100)
        often.add({kStartNs + ms * base::kNsPerMs}, 1, 0, settings);
    const base::Timestamp later{kStartNs + 3'000 * base::kNsPerSecond};
    EXPECT_NEAR(7, often.bits(later, settings), 0.01);
    EXPECT_NEAR(7, once.bits(later, settings), 0.01);
    EXPECT_EQ(0, once.bits({kStartNs + base::kNsPerDay}, settings));
}

/// The null test: busy, benign, and watched by a detector with uniform p-values.
TEST(RunningEvidence, of_a_thousand_busy_benign_entities_does_not_grow_in_ninety_days) {
    const RunningEvidence::Settings settings;
    std::vector<RunningEvidence> entities(1'000);
    Random random(77);
    std::array<double, 3> mean{}, high{};  // of thirty days each
    for (int day = 0; day < 90; ++day) {
        for (RunningEvidence& entity : entities) {
            double bits = 0;
            for (int i = 0; i < 24; ++i) {
                const base::Timestamp time{kStartNs + day * base::kNsPerDay +
                                           i * 3'600 * base::kNsPerSecond};
                const double p = random.unit() + 1e-12;
                bits = entity.add(time, 1, rounded_bits(fixed_log2(e_of_p(p))), settings).after;
            }
            mean[static_cast<std::size_t>(day / 30)] += bits / 30'000;
            high[static_cast<std::size_t>(day / 30)] += bits > 6 ? 1.0 / 30'000 : 0;
        }
    }
    EXPECT_LT(mean[2], 1.1 * mean[0] + 0.02);
    EXPECT_LT(mean[0], 1);
    for (const double share : high) EXPECT_LT(share, 0.02);
}

TEST(RunningEvidence, refuses_a_damaged_state) {
    RunningEvidence running;
    running.add({kStartNs}, 1, 10, {});
    EXPECT_TRUE(refuses_all_damage([] { return RunningEvidence(); }, save_sealed(running)));
    EXPECT_LE(running.memory_bytes(), 64u);
}

}  // namespace
}  // namespace vedette::learn
