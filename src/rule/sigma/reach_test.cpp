// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/reach.h"

#include <gtest/gtest.h>

#include <set>

namespace vedette::rule::sigma {
namespace {

using Names = std::vector<std::string>;

/// The fields that a rule of this detection lacks where only these have come.
Names lacks(const std::string& detection, const std::set<std::string>& come,
            const LogSourceWay& way = {}) {
    const LoadedRules loaded = load_rules(
        "r.yml", "title: T\nlogsource: {product: p}\ndetection:\n" + detection + "level: low\n");
    EXPECT_EQ(loaded.rules.size(), 1u)
        << (loaded.refusals.empty() ? "" : loaded.refusals[0].error.message());
    return missing_fields(loaded.rules.at(0), way,
                          [&](std::string_view name) { return come.count(std::string(name)) > 0; });
}

TEST(Reach, names_the_fields_that_a_selection_needs_and_that_never_came) {
    const std::string detection =
        "  s: {Image|endswith: x, CommandLine|contains: [a, b]}\n  condition: s\n";
    EXPECT_EQ(lacks(detection, {}), (Names{"Image", "CommandLine"}));
    EXPECT_EQ(lacks(detection, {"Image"}), (Names{"CommandLine"}));
    EXPECT_EQ(lacks(detection, {"Image", "CommandLine"}), Names{});
}

TEST(Reach, takes_the_way_that_lacks_least) {
    const std::string detection =
        "  a: {x: 1, y: 1}\n  b: {z: 1}\n  c:\n    - {x: 1}\n    - {w: 1}\n"
        "  condition: (a or b) and c\n";
    EXPECT_EQ(lacks(detection, {}), (Names{"z", "x"}));
    EXPECT_EQ(lacks(detection, {"x"}), (Names{"y"}));
    EXPECT_EQ(lacks(detection, {"z", "w"}), Names{});
    const std::string quantity = "  a1: {x: 1}\n  a2: {y: 1}\n  condition: 1 of a*\n";
    EXPECT_EQ(lacks(quantity, {"y"}), Names{});
    const std::string all = "  a1: {x: 1}\n  a2: {y: 1}\n  condition: all of them\n";
    EXPECT_EQ(lacks(all, {"y"}), Names{"x"});
}

TEST(Reach, knows_what_absence_means) {
    // An absent field meets no test, so that `not` of it is true.
    EXPECT_EQ(lacks("  s: {x: 1}\n  f: {y: 2}\n  condition: s and not f\n", {"x"}), Names{});
    EXPECT_EQ(lacks("  s: {x: null}\n  condition: s\n", {}), Names{});
    EXPECT_EQ(lacks("  s: {x|exists: false}\n  condition: s\n", {}), Names{});
    EXPECT_EQ(lacks("  s: {x|exists: true}\n  condition: s\n", {}), Names{"x"});
    // And `not` of what absence meets is false for ever.
    EXPECT_EQ(lacks("  s: {x: 1}\n  f: {y: null}\n  condition: s and not f\n", {"x"}), Names{"y"});
    EXPECT_EQ(lacks("  s: {x|neq: 1}\n  condition: s\n", {}), Names{"x"});
}

TEST(Reach, knows_keywords_references_and_fields_under_another_name) {
    EXPECT_EQ(lacks("  s: [word]\n  condition: s\n", {}), Names{});
    EXPECT_EQ(lacks("  s: {x|fieldref: y}\n  condition: s\n", {"x"}), Names{"y"});
    LogSourceWay way;
    way.aliases["Image"] = "process.executable";
    EXPECT_EQ(lacks("  s: {Image: x}\n  condition: s\n", {"process.executable"}, way), Names{});
    EXPECT_EQ(lacks("  s: {Image: x}\n  condition: s\n", {}, way), Names{"Image"});
}

TEST(Reach, knows_which_data_sets_could_be_of_a_log_source) {
    LogSourceMap map;
    ASSERT_TRUE(map.add("l.yml",
                        "product: linux\nlogsources:\n  - service: sshd\n    match: {dataset: "
                        "'linux.*', process.name: sshd}\n"));
    const auto ways = map.find({"", "linux", "sshd"});
    ASSERT_TRUE(ways);
    const auto has = [](std::string_view name) { return name == "process.name"; };
    const auto nothing = [](std::string_view) { return false; };
    EXPECT_TRUE(could_be(ways->at(0), "Linux.SSHD", has));
    EXPECT_FALSE(could_be(ways->at(0), "linux.sshd", nothing));
    EXPECT_FALSE(could_be(ways->at(0), "web.access", has));
}

}  // namespace
}  // namespace vedette::rule::sigma
