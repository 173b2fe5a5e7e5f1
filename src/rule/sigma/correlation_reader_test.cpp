// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/correlation_reader.h"

#include <gtest/gtest.h>

#include "rule/sigma/limits.h"
#include "rule/sigma/rule_set.h"

namespace vedette::rule::sigma {
namespace {

constexpr std::string_view kBase =
    "title: Base {}\nid: id-{}\nname: {}\nlevel: low\ntags: [attack.t1110]\n"
    "logsource: {product: x}\ndetection: {s: [{}], condition: s}\n---\n";

std::string base_rule(const std::string& name) {
    std::string text(kBase);
    for (std::size_t at = 0; (at = text.find("{}")) != std::string::npos;)
        text.replace(at, 2, name);
    return text;
}

/// A correlation over rules a and b; the keys given replace or add to the usual ones.
std::string correlation(const std::string& keys) {
    return base_rule("a") + base_rule("b") + "title: C\nid: c\ncorrelation:\n" + keys;
}

std::string error_of(const std::string& text) {
    const LoadedRules loaded = load_rule_set({{"r.yml", text}});
    EXPECT_TRUE(loaded.correlations.empty()) << text;
    return loaded.refusals.empty() ? "no error" : loaded.refusals.front().error.message();
}

LoadedRules loaded(const std::string& text) {
    LoadedRules all = load_rule_set({{"r.yml", text}});
    for (const Refusal& refusal : all.refusals) ADD_FAILURE() << refusal.error.message();
    return all;
}

TEST(Correlation, is_read_whole) {
    const LoadedRules all = loaded(correlation(
        "  type: value_count\n  rules: [a, id-b]\n  group-by: [User, ip]\n  timespan: 90m\n"
        "  aliases: {ip: {a: SourceIp, id-b: src_ip}}\n"
        "  condition: {field: Host, gt: 3, lte: 5}\n  generate: true\n"));
    ASSERT_EQ(all.correlations.size(), 1u);
    const Correlation& one = all.correlations[0];
    EXPECT_EQ(one.type, Correlation::Type::value_count);
    EXPECT_EQ(one.group_by, (std::vector<std::string>{"User", "ip"}));
    EXPECT_EQ(one.aliases.at("ip").at("id-b"), "src_ip");
    EXPECT_EQ(one.timespan_ns, 5'400ll * 1'000'000'000);
    EXPECT_EQ(duration_words(one.timespan_ns), "1 h 30 min");
    EXPECT_EQ(one.fields, std::vector<std::string>{"Host"});
    EXPECT_EQ(one.condition_words(), "more than 3 and at most 5");
    EXPECT_TRUE(one.is_met(4 * kMillionth) && one.is_met(5 * kMillionth));
    EXPECT_FALSE(one.is_met(3 * kMillionth) || one.is_met(6 * kMillionth));
    EXPECT_FALSE(one.is_immediate());
    EXPECT_TRUE(one.generates);
    ASSERT_EQ(one.members.size(), 2u);
    EXPECT_EQ(all.rules[one.members[0].index].name, "a");
    EXPECT_EQ(all.rules[one.members[1].index].id, "id-b");
    EXPECT_FALSE(all.rules[0].is_silent || all.rules[1].is_silent);
}

TEST(Correlation, has_level_and_tags_of_its_rules_where_it_names_none) {
    const LoadedRules all = loaded(
        correlation("  type: temporal\n  rules: [a, b]\n  group-by: [User]\n  timespan: 1d\n"));
    EXPECT_EQ(all.correlations[0].level, Level::low);
    EXPECT_EQ(all.correlations[0].tags, std::vector<std::string>{"attack.t1110"});
    EXPECT_EQ(all.correlations[0].condition_words(), "at least 2");
}

TEST(Correlation, silences_the_rules_it_refers_to_unless_it_generates) {
    const std::string keys =
        "  type: event_count\n  rules: [a]\n  timespan: 1h\n  condition: {gte: 2}\n";
    const LoadedRules quiet = loaded(correlation(keys));
    EXPECT_TRUE(quiet.rules[0].is_silent);
    EXPECT_FALSE(quiet.rules[1].is_silent);
    // One that generates is enough.
    const LoadedRules both = loaded(correlation(keys) + "---\ntitle: D\nid: d\ngenerate: true\n" +
                                    "correlation:\n" + keys);
    EXPECT_FALSE(both.rules[0].is_silent);
    // A refused correlation silences nobody.
    const LoadedRules broken = load_rule_set({{"r.yml", correlation(keys + "  timespam: 1h\n")}});
    EXPECT_TRUE(broken.correlations.empty());
    EXPECT_FALSE(broken.rules[0].is_silent);
}

TEST(Correlation, says_where_it_is_wrong_and_what_was_meant) {
    const std::string head = "  rules: [a, b]\n  timespan: 1h\n";
    EXPECT_EQ(error_of(correlation(head + "  type: event_counts\n  condition: {gte: 2}\n")),
              "r.yml:22:9: no such type of correlation: 'event_counts' (did you mean "
              "'event_count'?)");
    EXPECT_EQ(error_of(correlation(head + "  type: event_count\n  groupby: [x]\n")),
              "r.yml:23:3: there is no key 'groupby' here (did you mean 'group-by'?)");
    EXPECT_EQ(error_of(correlation(head + "  type: event_count\n")),
              "r.yml:20:3: 'condition' is missing");
    EXPECT_EQ(error_of(correlation(head + "  type: event_count\n  condition: {ge: 2}\n")),
              "r.yml:23:15: a condition knows no 'ge' (did you mean 'gt'?)");
    EXPECT_EQ(error_of(correlation(head + "  type: event_count\n  condition: {gte: many}\n")),
              "r.yml:23:20: the condition compares with no number");
    EXPECT_EQ(error_of(correlation(head + "  type: event_count\n  condition: {gte: 1.5}\n")),
              "r.yml:23:20: a count is a whole number");
    EXPECT_EQ(error_of(correlation(head + "  type: event_count\n  condition: {gte: 10001}\n")),
              "r.yml:23:20: a correlation counts to 10000");
    EXPECT_EQ(error_of(correlation(head + "  type: event_count\n  condition: {gt: 5, lt: 3}\n")),
              "r.yml:23:14: no number is more than 5 and less than 3");
    EXPECT_EQ(error_of(correlation(head + "  type: temporal\n  condition: {gte: 3}\n")),
              "r.yml:23:14: no number is at least 3 of the rules");
    EXPECT_EQ(error_of(correlation(head + "  type: value_sum\n  condition: {gte: 3}\n")),
              "r.yml:23:14: value_sum needs a 'field' in its condition");
    EXPECT_EQ(
        error_of(correlation(head + "  type: event_count\n  condition: {field: x, gte: 3}\n")),
        "r.yml:23:14: event_count looks at no 'field' (did you mean 'value_count'?)");
    EXPECT_EQ(error_of(correlation(head + "  type: temporal\n  condition: a and not b\n")),
              "r.yml:23:14: not run: conditions in words are of a later Sigma (write a map such as "
              "{gte: 2})");
    EXPECT_EQ(error_of(correlation(head + "  type: temporal\n  aliases: {u: {aa: User}}\n")),
              "r.yml:23:17: 'rules' does not name 'aa' (did you mean 'a'?)");
    EXPECT_EQ(error_of(correlation("  rules: [a]\n  type: temporal\n  timespan: 5x\n")),
              "r.yml:22:13: '5x' is no time span (write a number and one of s, m, h, d or w, as in "
              "90m)");
    EXPECT_EQ(error_of(correlation("  rules: [a]\n  type: temporal\n  timespan: 367d\n")),
              "r.yml:22:13: a time span is at most 366 days");
    EXPECT_EQ(error_of(correlation("  rules: [a, a]\n  type: temporal\n  timespan: 5s\n")),
              "r.yml:20:14: the rule 'a' is named twice");
}

TEST(Correlation, refuses_references_it_cannot_follow) {
    const std::string tail = "]\n  type: temporal\n  timespan: 1h\n";
    EXPECT_EQ(
        error_of(correlation("  rules: [a, id-bb" + tail)),
        "r.yml:20:14: there is no rule 'id-bb' (a rule is referred to by its id or its name)");
    EXPECT_EQ(error_of(correlation("  rules: [a, bb" + tail)),
              "r.yml:20:14: there is no rule 'bb' (did you mean 'b'?)");
    EXPECT_EQ(error_of(correlation("  rules: [a, id-a" + tail)),
              "r.yml:20:14: the rule 'id-a' is named twice");
    EXPECT_EQ(error_of("title: X\nid: x\ncorrelation:\n  rules: [y" + tail +
                       "---\ntitle: Y\nid: y\ncorrelation:\n  rules: [x" + tail),
              "r.yml:11:11: correlations refer to each other in a circle: 'Y' -> 'X' -> 'Y'");
    EXPECT_EQ(error_of("title: X\nid: x\ncorrelation:\n  rules: [x" + tail),
              "r.yml:4:11: correlations refer to each other in a circle: 'X' -> 'X'");
}

TEST(Correlation, refuses_what_goes_too_deep_whatever_the_order_of_ids) {
    for (const bool is_rising : {true, false}) {
        std::string text = base_rule("a");
        const int count = 20;
        for (int i = 0; i < count; ++i) {
            const auto id = [&](int n) {
                return "c" + std::to_string(is_rising ? 10 + n : 90 - n);
            };
            text += "title: C\nid: " + id(i) +
                    "\ncorrelation: {type: temporal, timespan: 1h, rules: [" +
                    (i == 0 ? "a" : id(i - 1)) + "]}\n---\n";
        }
        const LoadedRules all = load_rule_set({{"r.yml", text}});
        EXPECT_EQ(all.correlations.size(), kCorrelationDepthMax);
        EXPECT_EQ(all.refusals.size(), count - kCorrelationDepthMax);
        // Those that others refer to come first, and only the last one is seen.
        for (std::size_t i = 0; i < all.correlations.size(); ++i) {
            EXPECT_EQ(all.correlations[i].is_silent, i + 1 < kCorrelationDepthMax);
            EXPECT_EQ(all.correlations[i].members[0].index, i == 0 ? 0 : i - 1);
        }
    }
}

TEST(Correlation, finds_names_in_its_own_file_first) {
    const std::string one = correlation("  type: temporal\n  rules: [a]\n  timespan: 1h\n");
    const std::string other =
        "title: Other\nid: other\nname: a\nlogsource: {product: x}\n"
        "detection: {s: [a], condition: s}\n";
    const LoadedRules all = load_rule_set({{"r.yml", one}, {"o.yml", other}});
    ASSERT_EQ(all.correlations.size(), 1u);
    EXPECT_EQ(all.rules[all.correlations[0].members[0].index].id, "id-a");
    const LoadedRules far = load_rule_set(
        {{"r.yml", one},
         {"o.yml", other},
         {"c.yml", "title: F\nid: f\ncorrelation: {type: temporal, rules: [a], timespan: 1h}\n"}});
    ASSERT_EQ(far.refusals.size(), 1u);
    EXPECT_EQ(far.refusals[0].error.message(),
              "c.yml:3:39: several rules have the name 'a': r.yml:1 and o.yml:1 (refer to the rule "
              "by its id)");
}

TEST(Correlation, shares_ids_with_rules) {
    EXPECT_EQ(
        error_of(base_rule("a") +
                 "title: C\nid: id-a\ncorrelation: {type: temporal, rules: [a], timespan: 1h}\n"),
        "r.yml:9: the id id-a is taken by r.yml:1 (give every rule an id of its own)");
}

TEST(Millionths, are_exact) {
    EXPECT_EQ(text_of(*millionths_in("1.5")), "1.5");
    EXPECT_EQ(text_of(*millionths_in("-0.25")), "-0.25");
    EXPECT_EQ(text_of(*millionths_in("0")), "0");
    EXPECT_EQ(text_of(*millionths_in("123456789012345678")), "123456789012345678");
    EXPECT_FALSE(millionths_in("1e24"));
    EXPECT_FALSE(millionths_in("many"));
    EXPECT_FALSE(millionths_in(""));
}

}  // namespace
}  // namespace vedette::rule::sigma
