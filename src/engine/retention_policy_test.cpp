// SPDX-License-Identifier: Apache-2.0
#include "engine/retention_policy.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "engine/config.h"

namespace vedette::engine {
namespace {

constexpr std::int32_t kToday = 20'000;

TEST(RetentionPolicy, knows_patterns) {
    EXPECT_TRUE(fits_pattern("*", ""));
    EXPECT_TRUE(fits_pattern("linux.*", "linux.sshd"));
    EXPECT_TRUE(fits_pattern("*.*d", "linux.sshd"));
    EXPECT_FALSE(fits_pattern("linux.*", "windows.sysmon"));
    EXPECT_FALSE(fits_pattern("linux", "linux.sshd"));
    EXPECT_FALSE(fits_pattern("", "x"));
}

TEST(RetentionPolicy, the_first_rule_that_fits_counts_and_may_leave_the_days_to_the_default) {
    RetentionConfig config;
    config.days = 30;
    config.rules = {{"linux.audit", 0, 0}, {"linux.*", 7, 0}, {"aws.*", std::nullopt, 5}};
    EXPECT_EQ(days_of(config, "linux.audit"), 0u);
    EXPECT_EQ(days_of(config, "linux.sshd"), 7u);
    EXPECT_EQ(days_of(config, "aws.cloudtrail"), 30u);
    EXPECT_EQ(days_of(config, "json"), 30u);
}

TEST(RetentionPolicy, an_event_lives_its_day_and_so_many_days_after_it) {
    RetentionConfig config;
    config.days = 2;
    const auto plan = plan_retention(config,
                                     {{"a", kToday, 1, 10, 9},
                                      {"a", kToday - 2, 1, 10, 7},
                                      {"a", kToday - 3, 2, 20, 5},
                                      {"a", kToday - 9, 3, 30, 3}},
                                     {}, kToday);
    ASSERT_EQ(plan.cuts.size(), 1u);
    EXPECT_EQ(plan.cuts[0], (Cut{"a", kToday - 2, 0, 5, 50}));
}

TEST(RetentionPolicy, bytes_take_the_oldest_days_whole_and_the_newest_in_part) {
    RetentionConfig config;
    config.days = 0;
    config.rules = {{"a*", std::nullopt, 100}};
    const auto older = plan_retention(config,
                                      {{"a1", kToday - 2, 1, 90, 1},
                                       {"a2", kToday - 1, 1, 60, 2},
                                       {"a1", kToday, 1, 40, 3},
                                       {"b", kToday - 9, 1, 900, 1}},
                                      {}, kToday);
    ASSERT_EQ(older.cuts.size(), 1u);
    EXPECT_EQ(older.cuts[0], (Cut{"a1", kToday - 1, 0, 1, 90}));
    EXPECT_TRUE(older.partial.empty());
    const auto newest = plan_retention(config, {{"a1", kToday, 1'000, 200, 3}}, {}, kToday);
    ASSERT_EQ(newest.partial.size(), 1u);
    EXPECT_NEAR(newest.partial[0].share, 0.55, 1e-9);
    EXPECT_EQ(newest.partial[0].bytes, 110u);
}

TEST(RetentionPolicy, what_is_still_there_after_its_cut_is_held_and_counts_for_nothing) {
    RetentionConfig config;
    config.days = 0;
    config.bytes_max = 100;
    const std::vector<StoredDay> stored = {{"a", kToday - 9, 5, 500, 50}, {"a", kToday, 1, 80, 99}};
    const auto plan = plan_retention(config, stored, {{{"a", kToday - 3, 0, 9, 900}, 60}}, kToday);
    EXPECT_TRUE(plan.is_empty());
    EXPECT_EQ(plan.held_rows, 5u);
    EXPECT_EQ(plan.held_bytes, 500u);
    EXPECT_FALSE(
        plan_retention(config, stored, {{{"a", kToday - 3, 0, 9, 900}, 50}}, kToday).is_empty())
        << "a row that came after the record of the cut is not covered by it";
}

TEST(RetentionPolicy, is_what_a_plain_model_says) {
    EXPECT_TRUE(rc::check([] {
        const auto events =
            *rc::gen::container<std::vector<std::tuple<int, int, int>>>(rc::gen::tuple(
                rc::gen::inRange(0, 3), rc::gen::inRange(0, 12), rc::gen::inRange(1, 50)));
        RetentionConfig config;
        config.days = *rc::gen::inRange<std::uint32_t>(0, 10);
        config.bytes_max = *rc::gen::inRange<std::uint64_t>(0, 900);
        config.rules = {{"s0", *rc::gen::inRange<std::uint32_t>(0, 10),
                         *rc::gen::inRange<std::uint64_t>(0, 300)}};
        std::map<std::pair<std::string, std::int32_t>, StoredDay> days;
        for (const auto& [set, age, bytes] : events) {
            const std::string name = "s" + std::to_string(set);
            StoredDay& day = days[{name, kToday - age}];
            day.data_set = name;
            day.day = kToday - age;
            day.rows += 1;
            day.bytes += static_cast<std::uint64_t>(bytes);
        }
        std::vector<StoredDay> stored;
        for (const auto& [key, day] : days) stored.push_back(day);
        const RetentionPlan plan = plan_retention(config, stored, {}, kToday);
        std::map<std::string, std::int32_t> before;
        std::uint64_t cut_bytes = 0;
        for (const Cut& cut : plan.cuts) {
            before[cut.data_set] = cut.before_day;
            cut_bytes += cut.bytes;
        }
        std::uint64_t all = 0, of_rule = 0, gone = 0;
        std::map<std::string, std::int32_t> newest;
        for (const StoredDay& day : stored) {
            const bool goes = before.contains(day.data_set) && day.day < before[day.data_set];
            const auto kept_days = static_cast<std::int32_t>(days_of(config, day.data_set));
            if (kept_days != 0 && day.day < kToday - kept_days) {
                RC_ASSERT(goes);
            }
            if (config.bytes_max == 0 && (day.data_set != "s0" || config.rules[0].bytes_max == 0) &&
                (kept_days == 0 || day.day >= kToday - kept_days)) {
                RC_ASSERT(!goes);
            }
            if (goes) {
                gone += day.bytes;
                continue;
            }
            all += day.bytes;
            if (day.data_set == "s0") of_rule += day.bytes;
        }
        RC_ASSERT(gone == cut_bytes);
        std::uint64_t of_parts = 0, of_rule_parts = 0;
        for (const PartialCut& partial : plan.partial) {
            RC_ASSERT(partial.share > 0 && partial.share < 1);
            of_parts += partial.bytes;
            if (partial.data_sets == std::vector<std::string>{"s0"}) of_rule_parts += partial.bytes;
        }
        // Rounding leaves a byte per data set at most.
        if (config.bytes_max > 0) {
            RC_ASSERT(all - of_parts <= config.bytes_max + 3);
        }
        if (config.rules[0].bytes_max > 0) {
            RC_ASSERT(of_rule - of_rule_parts <= config.rules[0].bytes_max + 3 ||
                      plan.partial.size() > 1 || config.bytes_max > 0);
        }
    }));
}

TEST(RetentionPolicy, is_read_from_the_configuration) {
    const auto config = parse_config(
        "retention:\n  days: 90\n  gb: 0.5\n  findings_days: 0\n  inbox_days: 5\n"
        "  check_minutes: 5\n  data_sets:\n    - {data_set: 'linux.*', days: 0, gb: 2}\n"
        "    - {data_set: json}\n",
        "test.yml", "/tmp/x");
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->retention.days, 90u);
    EXPECT_EQ(config->retention.bytes_max, 1u << 29);
    ASSERT_EQ(config->retention.rules.size(), 2u);
    EXPECT_EQ(config->retention.rules[0].days, 0u);
    EXPECT_EQ(config->retention.rules[0].bytes_max, 2ull << 30);
    EXPECT_EQ(config->retention.rules[1].days, std::nullopt);
    const auto wrong =
        parse_config("retention:\n  data_sets:\n    - {days: 4}\n", "test.yml", "/tmp/x");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().where, "test.yml:3:7");
}

}  // namespace
}  // namespace vedette::engine
