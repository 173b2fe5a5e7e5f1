// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/rule.h"

#include <gtest/gtest.h>

#include "rule/sigma/limits.h"
#include "rule/sigma/rule_set.h"

namespace vedette::rule::sigma {
namespace {

/// A rule around a detection, whose lines come indented by four.
std::string rule_with(const std::string& detection) {
    return "title: T\nid: r1\nlogsource:\n    product: windows\ndetection:\n" + detection;
}

std::string error_of(const std::string& text, const LoadOptions& options = {}) {
    const LoadedRules loaded = load_rules("r.yml", text, options);
    EXPECT_TRUE(loaded.rules.empty()) << text;
    return loaded.refusals.empty() ? "no error" : loaded.refusals.front().error.message();
}

Rule loaded(const std::string& text, const LoadOptions& options = {}) {
    LoadedRules all = load_rules("r.yml", text, options);
    EXPECT_EQ(all.rules.size(), 1u);
    for (const Refusal& refusal : all.refusals) ADD_FAILURE() << refusal.error.message();
    return all.rules.empty() ? Rule() : std::move(all.rules.front());
}

TEST(Rule, keeps_what_people_and_programs_need) {
    const Rule rule = loaded(
        "title: A title\nid: 11-22\nstatus: test\nlevel: high\nauthor: me\n"
        "description: |\n  two\n  lines\n"
        "tags: [attack.t1059.001, attack.execution, cve.2021-1]\nfalsepositives: [none]\n"
        "logsource: {category: process_creation, product: windows}\n"
        "detection:\n  sel:\n    Image|endswith: '\\cmd.exe'\n  condition: sel\nfields: [Image]\n");
    EXPECT_EQ(rule.id, "11-22");
    EXPECT_EQ(rule.level, Level::high);
    EXPECT_EQ(rule.logsource.text(), "product=windows category=process_creation");
    EXPECT_EQ(attack_ids(rule.tags), (std::vector<std::string>{"T1059.001", "TA0002"}));
    EXPECT_EQ(rule.description, "two\nlines\n");
    ASSERT_EQ(rule.selections.size(), 1u);
    const FieldTest& test = rule.selections[0].any_of[0][0];
    EXPECT_EQ(test.words(test.values[0]), "ends with \"\\cmd.exe\"");
}

TEST(Rule, without_level_or_id_gets_medium_and_a_stable_id) {
    const std::string text =
        "title: T\nlogsource: {product: x}\ndetection: {a: [b], condition: a}\n";
    EXPECT_EQ(loaded(text).level, Level::medium);
    EXPECT_EQ(loaded(text).id, loaded(text).id);
    EXPECT_TRUE(loaded(text).id.starts_with("title-"));
}

TEST(Rule, says_where_a_modifier_is_wrong_and_what_was_meant) {
    EXPECT_EQ(error_of(rule_with("    sel:\n        Image|contain: x\n    condition: sel\n")),
              "r.yml:7:9: unknown modifier 'contain' (did you mean 'contains'?)");
    EXPECT_EQ(error_of(rule_with("    sel:\n        Image|contains|: x\n    condition: sel\n")),
              "r.yml:7:9: a modifier should follow '|'");
    EXPECT_EQ(error_of(rule_with("    sel:\n        Image|re|startswith: x\n    condition: sel\n")),
              "r.yml:7:9: the modifiers 're' and 'startswith' do not go together "
              "(an expression is searched anywhere; anchor it with ^ and $)");
    EXPECT_EQ(error_of(rule_with("    sel:\n        Image|i: x\n    condition: sel\n")),
              "r.yml:7:9: the modifier 'i' has a meaning only behind 're'");
    EXPECT_EQ(error_of(rule_with("    sel:\n        Image|all|all: x\n    condition: sel\n")),
              "r.yml:7:9: the modifiers 'all' and 'all' repeat each other");
}

TEST(Rule, says_where_a_value_is_wrong) {
    const auto error = [](const std::string& line) {
        return error_of(rule_with("    sel:\n        " + line + "\n    condition: sel\n"));
    };
    EXPECT_EQ(error("a|cidr: 10.0.0.0/40"),
              "r.yml:7:17: '10.0.0.0/40' is not a network (such as 10.0.0.0/8, fe80::/10)");
    EXPECT_EQ(error("a|exists: maybe"), "r.yml:7:19: 'exists' needs true or false");
    EXPECT_EQ(error("a|gt: '5'"), "r.yml:7:15: '5' is not a number (write it without quotes)");
    EXPECT_EQ(error("a|contains: null"), "r.yml:7:21: null cannot be searched for in a text");
    EXPECT_EQ(error("a: {b: c}"),
              "r.yml:7:12: a value cannot be a map (write nested fields with dots: outer.inner)");
    EXPECT_EQ(error("a: [x, [y]]"), "r.yml:7:16: a list cannot stand inside a list of values");
    EXPECT_EQ(error("a: []"), "r.yml:7:12: the list of values is empty");
    EXPECT_EQ(error("a|base64offset|contains: x"),
              "r.yml:7:34: the value is too short for 'base64offset' "
              "(nothing of one byte is certain in its encoded form)");
    EXPECT_NE(error("a|contains|base64: xyz").find("wildcards cannot be encoded"),
              std::string::npos);
}

TEST(Rule, says_which_names_and_keys_are_missing) {
    EXPECT_EQ(error_of(rule_with("    selection:\n        a: b\n    condition: selecton\n")),
              "r.yml:8:16: there is no search identifier 'selecton' (did you mean 'selection'?)");
    EXPECT_EQ(error_of(rule_with("    sel:\n        a: b\n    condition: 1 of filter*\n")),
              "r.yml:8:16: no search identifier is meant by 'filter*'");
    EXPECT_EQ(error_of("title: T\nlogsource: {product: x}\ndetections: {}\n"),
              "r.yml:1:1: 'detection' is missing ('detections' is there instead)");
    EXPECT_EQ(error_of("logsource: {product: x}\n"), "r.yml:1:1: 'title' is missing");
    EXPECT_EQ(error_of("title: T\nlevel: hihg\n"),
              "r.yml:2:8: no such level: 'hihg' (did you mean 'high'?)");
    EXPECT_EQ(error_of("title: T\nlogsource: {definition: x}\n"),
              "r.yml:2:12: 'logsource' names none of category, product and service");
}

TEST(Rule, says_where_the_yaml_is_broken) {
    EXPECT_EQ(error_of("title: T\n\tx: y\n").substr(0, 8), "r.yml:2:");
    EXPECT_EQ(error_of("a: 1\na: 2\n"),
              "r.yml:2:1: the key 'a' is there twice (only one of them would count: join them into "
              "a list)");
    EXPECT_EQ(error_of(""), "r.yml: the file holds no rule");
    EXPECT_EQ(error_of("- a\n- b\n"), "r.yml:1:1: a rule should be a map of keys");
}

TEST(Rule, names_what_is_not_run) {
    EXPECT_EQ(error_of("action: global\ntitle: T\n---\ndetection: {}\n").substr(0, 43),
              "r.yml:1:1: not run: collections with 'actio");
    EXPECT_NE(error_of(rule_with("    sel: {a: b}\n    timeframe: 5m\n    condition: sel\n"))
                  .find("aggregations of an older Sigma"),
              std::string::npos);
    EXPECT_EQ(
        error_of(rule_with("    sel: {a: b}\n    condition: sel | count() > 5\n")),
        "r.yml:7:16: an aggregation after '|' is of an older Sigma and is not run (character 5) "
        "(write a correlation rule instead)");
}

TEST(Rule, reads_every_document_of_a_file_for_itself) {
    const std::string rule =
        "title: T\nid: a\nlogsource: {product: x}\ndetection: {s: [b], condition: s}\n";
    const LoadedRules all = load_rules("r.yml", rule + "---\ntitle: C\ncorrelation: {}\n---\n");
    EXPECT_EQ(all.rules.size(), 1u);
    ASSERT_EQ(all.refusals.size(), 1u);
    EXPECT_EQ(all.refusals[0].error.where, "r.yml:7:14");
    EXPECT_EQ(all.refusals[0].title, "C");
}

TEST(Rule, fills_placeholders_or_names_the_missing_one) {
    const std::string text =
        rule_with("    s:\n        h|expand|startswith: '%Servers%-\\%x'\n    condition: s\n");
    EXPECT_EQ(
        error_of(text),
        "r.yml:7:30: the placeholder %Servers% has no values here "
        "(give it some in the configuration, or make a look-up list of this name, to use this "
        "rule)");
    LoadOptions options;
    options.placeholders["Servers"] = {"srv*", "db"};
    const Rule rule = loaded(text, options);
    const RuleValue& value = rule.selections[0].any_of[0][0].values[0];
    ASSERT_EQ(value.any_of.size(), 2u);
    EXPECT_TRUE(std::get<TextTest>(value.any_of[0]).pattern.matches("srv1-%xy"));
    EXPECT_TRUE(std::get<TextTest>(value.any_of[1]).pattern.matches("db-%x"));
}

TEST(Rule, quotes_placeholders_put_into_an_expression) {
    LoadOptions options;
    options.placeholders["d"] = {"a.b"};
    const Rule rule =
        loaded(rule_with("    s:\n        h|re|expand: '^%d%$'\n    condition: s\n"), options);
    const auto& test = std::get<RegexTest>(rule.selections[0].any_of[0][0].values[0].any_of[0]);
    EXPECT_TRUE(test.regex->matches("a.b"));
    EXPECT_FALSE(test.regex->matches("axb"));
}

TEST(Rule, stops_at_its_bounds_without_taking_memory) {
    EXPECT_NE(error_of(std::string(kRuleFileBytesMax + 1, 'a')).find("more than the allowed"),
              std::string::npos);
    std::string deep = rule_with("    s: ");
    for (int i = 0; i < 400; ++i) deep += '[';
    EXPECT_NE(error_of(deep).find("nested deeper"), std::string::npos);
    std::string bomb = "a0: &a0 [x, x]\n";
    for (int i = 1; i < 40; ++i) {
        const std::string before = std::to_string(i - 1), now = std::to_string(i);
        bomb += "a" + now + ": &a" + now + " [*a" + before + ", *a" + before + "]\n";
    }
    EXPECT_NE(error_of(bomb).find("YAML nodes"), std::string::npos);
    EXPECT_NE(error_of("a: &a [*a]\n").find("inside itself"), std::string::npos);
    std::string dashes;
    for (int i = 0; i < 12; ++i) dashes += " -x";
    EXPECT_NE(error_of(rule_with("    s:\n        a|windash: '" + dashes + "'\n    condition: s\n"))
                  .find("forms"),
              std::string::npos);
}

TEST(Rule, reads_numbers_and_words_as_yaml_1_2_does) {
    const auto written = [](const std::string& value) {
        return loaded(rule_with("    s:\n        a: " + value + "\n    condition: s\n"))
            .selections[0]
            .any_of[0][0]
            .values[0]
            .written;
    };
    EXPECT_EQ(written("4624"), "4624");
    EXPECT_EQ(written("0x10"), "16");
    EXPECT_EQ(written("'0x10'"), "0x10");
    EXPECT_EQ(written("010"), "10");
    EXPECT_EQ(written("+7"), "7");
    EXPECT_EQ(written("1.50"), "1.50");
    EXPECT_EQ(written("yes"), "yes");
    EXPECT_EQ(written("True"), "True");
    EXPECT_EQ(written("~"), "null");
    EXPECT_EQ(written("''"), "");
}

TEST(RuleSet, keeps_one_rule_for_an_id_whatever_the_order_of_files) {
    const auto file = [](const std::string& path, const std::string& id) {
        return std::pair{path,
                         "title: " + path + "\nid: " + id +
                             "\nlogsource: {product: x}\ndetection: {s: [b], condition: s}\n"};
    };
    const TextFiles files = {file("c.yml", "2"), file("b.yml", "1"), file("a.yml", "1")};
    const LoadedRules set = load_rule_set(files);
    ASSERT_EQ(set.rules.size(), 2u);
    EXPECT_EQ(set.rules[0].path, "a.yml");
    EXPECT_EQ(set.rules[1].id, "2");
    ASSERT_EQ(set.refusals.size(), 1u);
    EXPECT_EQ(set.refusals[0].error.message(),
              "b.yml:1: the id 1 is taken by a.yml:1 (give every rule an id of its own)");
    const LoadedRules turned = load_rule_set({files.rbegin(), files.rend()});
    EXPECT_EQ(turned.rules[0].path, "a.yml");
}

TEST(AttackIds, come_from_techniques_tactics_groups_and_software) {
    EXPECT_EQ(
        attack_ids({"attack.t1110", "attack.credential_access", "attack.s0002", "attack.G0016",
                    "attack.t1110", "attack.tx", "attack.t1110.1", "detection.x", "attack.ta0006"}),
        (std::vector<std::string>{"G0016", "S0002", "T1110", "TA0006"}));
}

}  // namespace
}  // namespace vedette::rule::sigma
