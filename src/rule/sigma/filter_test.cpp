// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/filter.h"

#include <gtest/gtest.h>

#include "rule/sigma/matcher.h"
#include "rule/sigma/rule_set.h"

namespace vedette::rule::sigma {
namespace {

constexpr const char* kRule =
    "title: R\nid: r\nname: shell\nlogsource: {product: windows, category: process_creation}\n"
    "detection: {sel: {Image: cmd}, condition: all of them}\n---\n"
    "title: Other\nid: o\nlogsource: {product: linux}\n"
    "detection: {sel: {Image: cmd}, condition: sel}\n---\n";

std::string filter(const std::string& rules, const std::string& condition) {
    return "title: F\nid: f\nlogsource: {product: windows}\nfilter:\n  rules: " + rules +
           "\n  selection: {User|startswith: adm_}\n  other: {Host: lab}\n  condition: " +
           condition + "\n";
}

/// Ids of the rules that an event of this user and host meets.
std::string matched(const LoadedRules& loaded_filters, const std::string& user,
                    const std::string& host) {
    LogSourceMap sources;
    EXPECT_TRUE(sources.add("l.yml",
                            "logsources: [{product: windows, category: process_creation, match: "
                            "{}}, {product: linux, match: {}}]"));
    event::FieldDictionary fields;
    event::Batch batch(fields);
    batch.add_row();
    batch.add(*fields.intern("Image"), "cmd");
    batch.add(*fields.intern("User"), user);
    batch.add(*fields.intern("Host"), host);
    Matcher matcher(loaded_filters.rules, sources, fields);
    std::vector<Matcher::Hit> hits;
    matcher.match(batch, hits);
    std::string out;
    for (const auto& hit : hits) out += matcher.rules()[hit.rule].id;
    return out;
}

LoadedRules loaded_filters(const std::string& filters) {
    LoadedRules all = load_rule_set({{"r.yml", kRule}, {"f.yml", filters}});
    for (const Refusal& refusal : all.refusals) ADD_FAILURE() << refusal.error.message();
    return all;
}

TEST(Filter, leaves_out_what_it_names_in_either_writing) {
    for (const char* condition : {"selection", "not selection"}) {
        const LoadedRules all = loaded_filters(filter("[r]", condition));
        EXPECT_EQ(matched(all, "bob", "h"), "or") << condition;
        EXPECT_EQ(matched(all, "ADM_bob", "h"), "o") << condition;
    }
}

TEST(Filter, reaches_rules_by_name_and_any_rule_of_its_log_source) {
    for (const char* rules : {"[shell]", "any", "\n    - r"}) {
        EXPECT_EQ(matched(loaded_filters(filter(rules, "selection")), "adm_x", "h"), "o") << rules;
    }
}

TEST(Filter, takes_conditions_of_several_parts) {
    const LoadedRules both = loaded_filters(filter("any", "selection and other"));
    EXPECT_EQ(matched(both, "adm_x", "h"), "or");
    EXPECT_EQ(matched(both, "adm_x", "lab"), "o");
    const LoadedRules kept = loaded_filters(filter("any", "not selection and not other"));
    EXPECT_EQ(matched(kept, "adm_x", "h"), "o");
    EXPECT_EQ(matched(kept, "bob", "lab"), "o");
    EXPECT_EQ(matched(kept, "bob", "h"), "or");
    const LoadedRules them = loaded_filters(filter("any", "all of them"));
    EXPECT_EQ(matched(them, "adm_x", "h"), "or");
    EXPECT_EQ(matched(them, "adm_x", "lab"), "o");
    const LoadedRules part = loaded_filters(filter("any", "1 of sel*"));
    EXPECT_EQ(matched(part, "adm_x", "h"), "o");
}

TEST(Filter, adds_up_with_others) {
    const std::string two = filter("any", "selection") + "---\n" +
                            "title: G\nid: g\nlogsource: {product: windows}\n"
                            "filter: {rules: any, selection: {Host: lab}, condition: selection}\n";
    const LoadedRules all = loaded_filters(two);
    EXPECT_EQ(matched(all, "adm_x", "h"), "o");
    EXPECT_EQ(matched(all, "bob", "lab"), "o");
    EXPECT_EQ(matched(all, "bob", "h"), "or");
}

TEST(Filter, tells_which_rules_it_does_not_reach) {
    const auto first_refusal = [](const std::string& filters) {
        const LoadedRules all = load_rule_set({{"r.yml", kRule}, {"f.yml", filters}});
        return all.refusals.empty() ? "none" : all.refusals.front().error.message();
    };
    EXPECT_EQ(first_refusal(filter("[r, gone]", "selection")),
              "f.yml:5:14: the filter names a rule that is not there: 'gone'");
    EXPECT_EQ(first_refusal(filter("[o]", "selection")),
              "f.yml:5:11: the filter does not fit the rule 'Other': its log source is "
              "product=linux");
    EXPECT_EQ(first_refusal(filter("r", "selection")),
              "f.yml:5:10: 'rules' should be a list of ids or names, or any");
    EXPECT_EQ(first_refusal("title: F\nfilter: {rules: any}\n"),
              "f.yml:1:1: 'logsource' is missing");
    EXPECT_EQ(first_refusal(filter("any", "selektion")),
              "f.yml:8:14: there is no search identifier 'selektion' (did you mean 'selection'?)");
}

}  // namespace
}  // namespace vedette::rule::sigma
