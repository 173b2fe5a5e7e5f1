// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/rule_change.h"

#include <gtest/gtest.h>

namespace vedette::rule::sigma {
namespace {

Rule rule_of(const std::string& head, const std::string& detection) {
    LoadedRules loaded = load_rules(
        "r.yml", "title: T\nlogsource: {product: windows}\n" + head + "detection:\n" + detection);
    EXPECT_TRUE(loaded.refusals.empty()) << loaded.refusals.front().error.message();
    return std::move(loaded.rules.at(0));
}

/// "what: before -> after" of every change; "!" in front where hits may change.
std::vector<std::string> changes(const Rule& before, const Rule& after) {
    std::vector<std::string> out;
    for (const RuleChange& change : changes_between(before, after)) {
        out.push_back((change.changes_hits ? "!" : "") + change.what + ": " + change.before +
                      " -> " + change.after);
    }
    return out;
}

using Texts = std::vector<std::string>;
const std::string kDetection = "  s: {Image: [a, b], User: bob}\n  condition: s\n";

TEST(RuleChange, is_none_where_only_the_writing_differs) {
    EXPECT_EQ(
        changes(
            rule_of("", kDetection),
            rule_of("author: somebody\n# a comment\n",
                    "  condition:  s\n  s:\n    User: bob\n    Image:\n      - b\n      - a\n")),
        Texts());
}

TEST(RuleChange, tells_what_was_added_and_taken_away) {
    const Rule before = rule_of("level: low\n", kDetection);
    EXPECT_EQ(changes(before, rule_of("level: high\ntags: [attack.t1001]\n", kDetection)),
              (Texts{"level: low -> high", "tags:  -> attack.t1001"}));
    EXPECT_EQ(changes(before,
                      rule_of("level: low\n", "  s: {Image: [a, c], User: bob}\n  condition: s\n")),
              Texts{"!s.Image: b -> c"});
    EXPECT_EQ(changes(before, rule_of("level: low\n",
                                      "  s: {Image|endswith: [a, b], User: bob}\n  t: {x: y}\n"
                                      "  condition: s and not t\n")),
              (Texts{"!condition: s -> s and not t", "!s.Image: a, b -> ",
                     "!s.Image|endswith:  -> a, b", "!t:  -> x: y"}));
}

TEST(RuleChange, is_not_lost_where_long_values_begin_alike) {
    const std::string same(500, 'x');
    EXPECT_EQ(changes(rule_of("", "  s: {F: " + same + "1}\n  condition: s\n"),
                      rule_of("", "  s: {F: " + same + "2}\n  condition: s\n"))
                  .size(),
              1u);
}

}  // namespace
}  // namespace vedette::rule::sigma
