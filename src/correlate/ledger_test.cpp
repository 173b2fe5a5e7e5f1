// SPDX-License-Identifier: Apache-2.0
#include "correlate/ledger.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace vedette::correlate {
namespace {

using event::Entity;
using event::EntityType;

base::Timestamp at(double days) {
    return {static_cast<std::int64_t>(days * static_cast<double>(base::kNsPerDay))};
}

cases::Finding finding(double days, double bits, const std::string& rule = "r1",
                       const std::string& detector = "sigma", const std::string& against = "rule") {
    cases::Finding out;
    out.detector = detector;
    out.rule_id = rule;
    out.entities = {{EntityType::host, "web-1"}};
    out.first_seen = out.last_seen = at(days);
    out.reasons = {{"message", "x", "x", bits, against}};
    return out;
}

double balance(const Ledger& ledger, double days, const std::string& link = "host:web-1") {
    return to_bits(ledger.balance(link, at(days)));
}

TEST(Ledger, books_a_finding_with_everybody_it_names) {
    Ledger ledger;
    cases::Finding one = finding(1, 6);
    one.entities.push_back({EntityType::user, "ann"});
    ledger.observe(one);
    EXPECT_EQ(balance(ledger, 1), 6);
    EXPECT_EQ(balance(ledger, 1, "user:ann"), 6);
    EXPECT_EQ(balance(ledger, 1, "user:bob"), 0);
    EXPECT_EQ(to_bits(ledger.largest(one)), 6);
    one.entities = {{EntityType::user, "bob"}};
    EXPECT_EQ(to_bits(ledger.largest(one)), 0);
}

TEST(Ledger, lets_evidence_fade_to_nothing_and_begins_anew) {
    Ledger ledger;
    ledger.observe(finding(1, 6));
    EXPECT_EQ(balance(ledger, 3), 4);
    EXPECT_EQ(balance(ledger, 30), 0);
    ledger.observe(finding(30, 3));
    EXPECT_EQ(balance(ledger, 30), 3) << "a quiet month is neither credit nor debt";
    ledger.tick(at(29));
    EXPECT_EQ(ledger.account_count(), 1u);
    ledger.tick(at(34));
    EXPECT_EQ(ledger.account_count(), 0u);
    EXPECT_EQ(ledger.memory_bytes(), 0u);
}

TEST(Ledger, counts_what_a_rule_repeats_only_as_far_as_it_is_more) {
    Ledger ledger;
    for (int i = 0; i < 1'000; ++i) ledger.observe(finding(1 + i * 1e-6, 5));
    ledger.observe(finding(1.01, 7));
    EXPECT_NEAR(balance(ledger, 1.01), 7, 0.02);
    ledger.observe(finding(1.01, 5, "r2"));
    EXPECT_NEAR(balance(ledger, 1.01), 12, 0.02);
}

TEST(Ledger, counts_each_test_against_the_own_past_up_to_the_days_cap) {
    LedgerSettings settings;
    settings.detector_per_day_max = 12 * 1'024;
    Ledger ledger(settings);
    for (int i = 0; i < 10; ++i) ledger.observe(finding(1.1, 2, "a", "baseline", "self"));
    EXPECT_EQ(balance(ledger, 1.1), 12) << "20 bits of one detector in a day are 12";
    ledger.observe(finding(1.1, 2, "r", "sigma"));
    EXPECT_EQ(balance(ledger, 1.1), 14) << "another detector has a cap of its own";
    ledger.observe(finding(2.1, 2, "a", "baseline", "self"));
    EXPECT_EQ(balance(ledger, 2.1), 15) << "and the next day another one";
}

TEST(Ledger, pays_for_different_tactics) {
    Ledger ledger;
    cases::Finding one = finding(1, 3);
    one.attack = {"TA0001", "T1110"};
    ledger.observe(one);
    EXPECT_EQ(balance(ledger, 1), 3) << "one tactic is what a finding has";
    cases::Finding other = finding(1, 3, "r2");
    other.attack = {"TA0040", "TA0001", "TA9999", "TA00x1"};
    ledger.observe(other);
    EXPECT_EQ(balance(ledger, 1), 7);
}

TEST(Ledger, shows_lines_that_add_up_exactly) {
    Ledger ledger;
    std::mt19937_64 random(7);
    const auto number = [&](int below) { return static_cast<int>(random() % below); };
    for (int i = 0; i < 3'000; ++i) {
        cases::Finding one =
            finding(1 + i * 0.003, number(9'000) / 1'000.0 - 1, "r" + std::to_string(number(50)),
                    "d" + std::to_string(number(12)), number(2) ? "rule" : "self");
        one.entities = {{EntityType::host, "h" + std::to_string(number(20))}};
        one.attack = {"TA00" + std::to_string(10 + number(30))};
        ledger.observe(one);
        for (const LedgerAccount& account : ledger.top(100, one.last_seen)) {
            const LedgerLines& lines = account.lines;
            ASSERT_EQ(account.balance(),
                      lines.found + lines.overlap + lines.cap + lines.faded + lines.tactics);
            ASSERT_EQ(std::max<BitSteps>(account.balance(), 0),
                      ledger.balance("host:" + account.entity.id, one.last_seen));
        }
    }
}

TEST(Ledger, names_those_with_most_evidence_first) {
    Ledger ledger;
    for (int i = 0; i < 20; ++i) {
        cases::Finding one = finding(1 + i * 0.01, 1 + (i * 7) % 20);
        one.entities = {{EntityType::host, "h" + std::to_string(i)}};
        ledger.observe(one);
    }
    const auto top = ledger.top(20, at(1.2));
    ASSERT_EQ(top.size(), 20u);
    for (std::size_t i = 1; i < top.size(); ++i) {
        EXPECT_GE(top[i - 1].balance(), top[i].balance());
    }
}

/// A busy entity is tested so many times a day, and each test stakes its share: the bits of a
/// finding are log2(1 - s + s * e) with s = 1 / (1 + tests), and only tests with p below the
/// promise become findings.
double staked_bits(double p, double tests_per_day) {
    const double log = std::log(p);
    const double e = (1 - p + p * log) / (p * log * log);
    const double stake = 1 / (1 + tests_per_day);
    return std::log2(1 - stake + stake * e);
}

TEST(Ledger, of_a_thousand_busy_and_harmless_entities_does_not_grow_in_ninety_days) {
    constexpr int kEntities = 1'000, kDays = 90;
    constexpr double kPromise = 0.001;
    Ledger ledger;
    std::mt19937_64 random(20'261'128);
    std::vector<double> middle(kDays), above_ten(kDays);
    for (int day = 0; day < kDays; ++day) {
        for (int entity = 0; entity < kEntities; ++entity) {
            const double tests = entity % 3 == 0 ? 50 : entity % 3 == 1 ? 1'000 : 20'000;
            // The findings of a day: tests whose p lies below the promise.
            std::poisson_distribution<int> findings(tests * kPromise);
            for (int i = findings(random); i > 0; --i) {
                const double p = kPromise * (static_cast<double>(random() >> 11) + 1) * 0x1p-53;
                cases::Finding one =
                    finding(day + 0.5, staked_bits(p, tests), "a", "baseline", "self");
                one.entities = {{EntityType::host, "h" + std::to_string(entity)}};
                ledger.observe(one);
            }
        }
        double sum = 0;
        for (int entity = 0; entity < kEntities; ++entity) {
            const double bits = balance(ledger, day + 0.5, "host:h" + std::to_string(entity));
            sum += bits;
            above_ten[day] += bits > 10;
        }
        middle[day] = sum / kEntities;
    }
    const auto mean = [&](const std::vector<double>& days, int from, int to) {
        double sum = 0;
        for (int day = from; day < to; ++day) sum += days[day];
        return sum / (to - from);
    };
    EXPECT_LT(mean(middle, 60, 90), mean(middle, 5, 35) * 1.25 + 0.05);
    EXPECT_LT(mean(middle, 60, 90), 1) << "bits of evidence against the innocent";
    // E-values promise: at most one in 2^10 cycles reaches ten bits, and a cycle takes a day or
    // more.
    EXPECT_LT(mean(above_ten, 0, 90), 10);
}

TEST(Ledger, sees_an_attack_that_keeps_each_step_small) {
    Ledger ledger;
    for (int day = 0; day < 10; ++day) {
        ledger.observe(finding(day, 3, "a" + std::to_string(day % 4), "baseline", "self"));
    }
    EXPECT_GT(balance(ledger, 9), 20);
}

TEST(Ledger, goes_on_from_what_was_saved_as_if_it_had_not_stopped) {
    std::mt19937_64 random(3);
    Ledger straight, stopped;
    for (int i = 0; i < 500; ++i) {
        cases::Finding one =
            finding(i * 0.05, static_cast<double>(random() % 8),
                    "r" + std::to_string(random() % 40), "d", random() % 2 ? "rule" : "peers");
        one.entities = {{EntityType::host, "h" + std::to_string(random() % 30)}};
        straight.observe(one);
        stopped.observe(one);
        if (i % 7 == 0) {
            straight.tick(one.last_seen);
            stopped.tick(one.last_seen);
            const std::string saved = stopped.save();
            stopped = Ledger();
            ASSERT_TRUE(stopped.restore(saved));
        }
    }
    EXPECT_EQ(straight.checksum(), stopped.checksum());
    EXPECT_EQ(straight.account_count(), stopped.account_count());
}

TEST(Ledger, refuses_a_damaged_state_and_is_empty_then) {
    Ledger ledger;
    ledger.observe(finding(1, 6));
    const std::string saved = ledger.save();
    for (std::size_t size = 1; size < saved.size(); ++size) {
        EXPECT_FALSE(ledger.restore(std::string_view(saved).substr(0, size)));
        EXPECT_EQ(ledger.account_count(), 0u);
    }
    EXPECT_FALSE(ledger.restore(saved + "x"));
    EXPECT_FALSE(ledger.restore("\x09"));
    EXPECT_TRUE(ledger.restore(saved));
}

TEST(Ledger, keeps_within_its_memory_and_lets_those_with_least_evidence_go) {
    LedgerSettings settings;
    settings.memory_bytes_max = 100'000;
    Ledger ledger(settings);
    ledger.observe(finding(1, 30));
    for (int i = 0; i < 5'000; ++i) {
        cases::Finding one = finding(1, 2);
        one.entities = {{EntityType::ip, "198.51.100." + std::to_string(i)}};
        ledger.observe(one);
        ASSERT_LE(ledger.memory_bytes(), settings.memory_bytes_max);
    }
    EXPECT_GT(ledger.driven_out_count(), 1'000u);
    EXPECT_EQ(balance(ledger, 1), 12) << "the day's cap";
}

TEST(Ledger, bears_times_at_the_end_of_the_world) {
    Ledger ledger;
    cases::Finding one = finding(1, 6);
    one.first_seen = one.last_seen = {INT64_MIN};
    ledger.observe(one);
    one.first_seen = one.last_seen = {INT64_MAX};
    ledger.observe(one);
    EXPECT_GE(to_bits(ledger.balance("host:web-1", {INT64_MAX})), 0);
    ledger.tick({INT64_MAX});
}

}  // namespace
}  // namespace vedette::correlate
