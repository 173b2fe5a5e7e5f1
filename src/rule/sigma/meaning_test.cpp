// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/meaning.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "rule/sigma/rule_set.h"

namespace vedette::rule::sigma {
namespace {

constexpr const char* kRule = R"(title: One
id: r1
logsource: {product: test}
detection:
    s:
        Image|endswith: ['\a.exe', '\b.exe']
        User: null
    f:
        Host|expand: '%servers%'
    condition: s and not f
level: low
)";

std::string with(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

struct Set {
    std::string rules = kRule;
    std::string more = {};
    std::string sources = "product: test\nlogsources:\n  - {match: {dataset: x}}\n";
    std::vector<std::string> servers = {"dc1", "dc2"};
};

std::string name_of(const Set& set) {
    LogSourceMap sources;
    EXPECT_TRUE(sources.add("s.yml", set.sources));
    TextFiles files{{"r.yml", set.rules}};
    if (!set.more.empty()) files.emplace_back("m.yml", set.more);
    const LoadOptions options{{{"servers", set.servers}}, {}};
    const LoadedRules loaded = load_rule_set(files, options);
    EXPECT_EQ(loaded.rules.size(), 1u);
    const Meanings meanings = meanings_of(loaded, sources, options);
    return meanings.correlations.empty() ? meanings.rules.at(0).hex()
                                         : meanings.correlations.at(0).hex();
}

TEST(Meaning, is_the_same_however_a_rule_is_written) {
    const std::string name = name_of({});
    EXPECT_EQ(name_of({with(kRule, "title: One", "title: Another # remark")}), name);
    EXPECT_EQ(name_of({with(kRule, "level: low", "level: high\ntags: [attack.t1059]")}), name);
    EXPECT_EQ(name_of({with(kRule, R"(['\a.exe', '\b.exe'])", R"(['\b.exe', '\a.exe'])")}), name);
    EXPECT_EQ(name_of({with(kRule, "s and not f", "(s) and (not f)")}), name);
    EXPECT_EQ(name_of({kRule, {}, Set().sources, {"dc2", "dc1"}}), name);
}

TEST(Meaning, differs_where_a_rule_may_be_true_on_other_events) {
    std::set<std::string> names{name_of({})};
    const auto add = [&](const Set& set, const char* what) {
        EXPECT_TRUE(names.insert(name_of(set)).second) << what;
    };
    add({with(kRule, "id: r1", "id: r2")}, "id");
    add({with(kRule, "b.exe", "c.exe")}, "value");
    add({with(kRule, "Image|endswith", "Image|startswith")}, "modifier");
    add({with(kRule, "Image", "Path")}, "field");
    add({with(kRule, "User: null", "User: 'null'")}, "null and its text");
    add({with(kRule, "and not f", "or not f")}, "condition");
    add({with(kRule, "{product: test}", "{product: test, service: y}")}, "log source");
    add({kRule, {}, "product: test\nlogsources:\n  - {match: {dataset: y}}\n"}, "its place");
    add({kRule,
         {},
         "product: test\nlogsources:\n  - {match: {dataset: x}, fields: {Image: process.name}}\n"},
        "its names");
    add({kRule, {}, "product: other\nlogsources:\n  - {match: {dataset: x}}\n"}, "no place");
    add({kRule, {}, Set().sources, {"dc1", "dc3"}}, "placeholder");
    add({kRule,
         "title: F\nid: f1\nlogsource: {product: test}\nfilter:\n    rules: [r1]\n    x:\n        "
         "User: bob\n    condition: not x\n"},
        "filter");
}

TEST(Meaning, of_a_correlation_has_that_of_its_rules) {
    const std::string correlation =
        "title: Many\nid: c1\ncorrelation:\n    type: event_count\n    rules: [r1]\n    group-by: "
        "[User]\n    timespan: 5m\n    condition: {gte: 3}\nlevel: high\n";
    const std::string name = name_of({kRule, correlation});
    EXPECT_EQ(name_of({kRule, with(correlation, "level: high", "level: low")}), name);
    std::set<std::string> names{name};
    for (const Set& set : {Set{with(kRule, "b.exe", "c.exe"), correlation},
                           Set{kRule, with(correlation, "gte: 3", "gte: 4")},
                           Set{kRule, with(correlation, "gte: 3", "gt: 3")},
                           Set{kRule, with(correlation, "5m", "6m")},
                           Set{kRule, with(correlation, "[User]", "[Host]")}}) {
        EXPECT_TRUE(names.insert(name_of(set)).second);
    }
}

}  // namespace
}  // namespace vedette::rule::sigma
