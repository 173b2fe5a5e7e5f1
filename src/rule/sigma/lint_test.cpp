// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/lint.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vedette::rule::sigma {
namespace {

constexpr std::string_view kGood =
    "title: Good\nid: 0b1f9f0a-6c0e-4d4e-8a7b-2d9f3a1c5e77\nstatus: test\nlevel: low\n"
    "tags: [attack.t1059]\nlogsource: {product: windows}\ndetection:\n"
    "    selection:\n        CommandLine|contains: x\n    condition: selection\n";

/// "line:column kind" of every remark.
std::vector<std::string> remarks(const std::string& text) {
    LogSourceMap sources;
    EXPECT_TRUE(sources.add("l.yml",
                            "logsources: [{product: windows, category: process_creation, "
                            "match: {}}, {product: windows, match: {}}]"));
    const KnownNames known{sources, {"CommandLine", "Image", "TargetFilename"}};
    const LoadedRules loaded = load_rules("r.yml", text);
    for (const Refusal& refusal : loaded.refusals) ADD_FAILURE() << refusal.error.message();
    std::vector<std::string> out;
    for (const Remark& remark : lint("r.yml", text, loaded.rules, known)) {
        out.push_back(remark.where.substr(6) + " " + remark.kind +
                      (remark.hint.empty() ? "" : " (" + remark.hint + ")"));
    }
    return out;
}

std::string with(const std::string& before, const std::string& after) {
    std::string text(kGood);
    const std::size_t at = text.find(before);
    EXPECT_NE(at, std::string::npos) << before;
    return text.replace(at, before.size(), after);
}

using Texts = std::vector<std::string>;

TEST(Lint, has_nothing_to_say_about_a_good_rule) {
    EXPECT_EQ(remarks(std::string(kGood)), Texts());
}

TEST(Lint, says_what_a_name_was_meant_to_be) {
    EXPECT_EQ(remarks(with("CommandLine", "commandline")),
              Texts{"9:9 unknown_field (did you mean 'CommandLine'?)"});
    EXPECT_EQ(remarks(with("CommandLine", "TargetFileNames")),
              Texts{"9:9 unknown_field (did you mean 'TargetFilename'?)"});
    EXPECT_EQ(remarks(with("CommandLine", "SomethingElse")), Texts());
    EXPECT_EQ(remarks(with("{product: windows}", "{product: window}")),
              Texts{"6:22 unplaced_log_source (did you mean 'windows'?)"});
    EXPECT_EQ(remarks(with("{product: windows}", "{product: windows, category: proces_creation}")),
              Texts{"6:41 unplaced_log_source (did you mean 'process_creation'?)"});
    EXPECT_EQ(remarks(with("status: test", "statsu: test")),
              Texts{"3:1 unknown_key (did you mean 'status'?)"});
    EXPECT_EQ(remarks(with("status: test", "status: tested")),
              Texts{"3:9 unknown_status (did you mean 'test'?)"});
}

TEST(Lint, says_what_is_left_out) {
    EXPECT_EQ(remarks(with("tags: [attack.t1059]\n", "")),
              Texts{"1:1 no_attack_tag (add tags such as attack.t1059.001)"});
    EXPECT_EQ(remarks(with("attack.t1059", "attack.t1059, attack.nonsense")).at(0).substr(0, 25),
              "5:22 unknown_attack_tag (");
    EXPECT_EQ(remarks(with("id: 0b1f9f0a-6c0e-4d4e-8a7b-2d9f3a1c5e77\n", "")).at(0).substr(0, 9),
              "1:1 no_id");
    EXPECT_EQ(remarks(with("level: low\n", "")).at(0).substr(0, 12), "1:1 no_level");
    EXPECT_EQ(remarks(with("level: low", "level: high")).at(0).substr(0, 21),
              "1:1 no_falsepositives");
}

TEST(Lint, finds_search_identifiers_that_no_condition_means) {
    EXPECT_EQ(remarks(with("    condition:", "    filter: {Image: x}\n    condition:")),
              Texts{"10:5 unused_identifier"});
    EXPECT_EQ(remarks(with("    condition: selection",
                           "    selection_b: {Image: x}\n"
                           "    condition: 1 of selection*")),
              Texts());
}

TEST(Lint, finds_ids_that_two_rules_have) {
    LoadedRules a = load_rules("a.yml", kGood), b = load_rules("b.yml", kGood);
    a.rules.push_back(b.rules.front());
    const auto found = repeated_ids(a.rules);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].where, "b.yml:1");
    EXPECT_NE(found[0].text.find("a.yml:1"), std::string::npos);
    EXPECT_EQ(where_of_field(kGood, a.rules[0], "CommandLine"), "a.yml:9:9");
}

}  // namespace
}  // namespace vedette::rule::sigma
