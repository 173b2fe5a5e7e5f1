// SPDX-License-Identifier: Apache-2.0
#include "engine/ruleset.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/limits.h"
#include "engine/list_placeholders.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine {
namespace {

class RuleSetTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::filesystem::create_directories(folder_ / "rules/linux");
        write("rules/b.yml", "title: b");
        write("rules/linux/a.yml", "title: a");
        write("rules/linux/a.hit.jsonl", "{}");
        write("logs.yml", "{}");
    }
    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
    }
    base::Result<RuleSet> read() {
        return read_ruleset({folder_ / "rules"}, {folder_ / "logs.yml"});
    }

    tests::TemporaryFolder folder_;
    base::SystemFiles files_;
};

TEST_F(RuleSetTest, takes_rule_files_in_order_and_nothing_else) {
    const auto set = read();
    ASSERT_TRUE(set.has_value());
    ASSERT_EQ(set->inputs.rule_files.size(), 2u);
    EXPECT_EQ(set->inputs.rule_files[0].first, "b.yml");
    EXPECT_EQ(set->inputs.rule_files[1].first, "linux/a.yml");
    EXPECT_EQ(set->inputs.logsource_files.size(), 1u);
}

TEST_F(RuleSetTest, comes_back_from_its_file_and_changes_its_name_with_its_content) {
    const auto set = read();
    ASSERT_TRUE(save_ruleset(files_, folder_ / "kept", *set));
    const auto loaded = load_ruleset(files_, folder_ / "kept", set->hash.hex());
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->inputs.rule_files, set->inputs.rule_files);
    EXPECT_EQ(ruleset_of_control(ruleset_control(*set)), set->hash.hex());
    write("rules/b.yml", "title: c");
    EXPECT_NE(read()->hash, set->hash);
}

TEST_F(RuleSetTest, keeps_placeholders_as_part_of_its_name_and_is_named_as_ever_without) {
    const detect::Placeholders placeholders{{"a", {"1", "2"}}, {"b", {""}}};
    const auto plain = read();
    const auto empty = read_ruleset({folder_ / "rules"}, {folder_ / "logs.yml"}, {});
    EXPECT_EQ(plain->hash, empty->hash);
    const auto set = read_ruleset({folder_ / "rules"}, {folder_ / "logs.yml"}, placeholders);
    ASSERT_TRUE(set.has_value());
    EXPECT_NE(set->hash, plain->hash);
    ASSERT_TRUE(save_ruleset(files_, folder_ / "kept", *set));
    const auto loaded = load_ruleset(files_, folder_ / "kept", set->hash.hex());
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->inputs.placeholders, placeholders);
    EXPECT_EQ(loaded->hash, set->hash);
}

TEST_F(RuleSetTest, keeps_how_long_sources_may_be_silent_as_part_of_its_name) {
    const detect::SilenceSettings silence{{"*", detect::kSilenceOff}, {"logs", 7'200}};
    const auto plain = read();
    const auto set = read_ruleset({folder_ / "rules"}, {folder_ / "logs.yml"}, {}, {}, silence);
    ASSERT_TRUE(set.has_value());
    EXPECT_NE(set->hash, plain->hash);
    ASSERT_TRUE(save_ruleset(files_, folder_ / "kept", *set));
    const auto loaded = load_ruleset(files_, folder_ / "kept", set->hash.hex());
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->inputs.silence, silence);
    EXPECT_TRUE(loaded->inputs.placeholders.empty());
}

TEST_F(RuleSetTest, refuses_a_saved_set_that_was_changed_and_a_name_that_is_a_path) {
    const auto set = read();
    ASSERT_TRUE(save_ruleset(files_, folder_ / "kept", *set));
    std::ofstream(folder_ / ("kept/" + set->hash.hex()), std::ios::app) << "x";
    const auto changed = load_ruleset(files_, folder_ / "kept", set->hash.hex());
    ASSERT_FALSE(changed.has_value());
    EXPECT_EQ(changed.error().code, base::ErrorCode::corrupt);
    EXPECT_FALSE(load_ruleset(files_, folder_ / "kept", "../../../../../../etc/passwd/././"));
    EXPECT_FALSE(read_ruleset({folder_ / "absent"}, {}));
}

TEST(RuleSetControl, is_told_from_other_control_records) {
    EXPECT_EQ(ruleset_of_control("{\"type\":\"verdict\"}"), "");
    EXPECT_EQ(ruleset_of_control(""), "");
}

event::LookupSet lists_of(const std::vector<std::string>& definitions) {
    std::vector<std::shared_ptr<const event::LookupList>> lists;
    for (const std::string& text : definitions) {
        auto list = event::build_list("l", *event::read_list_definition("l", text), "", "");
        EXPECT_TRUE(list) << (list ? "" : list.error().message());
        lists.push_back(std::make_shared<const event::LookupList>(std::move(*list)));
    }
    return *event::LookupSet::of(std::move(lists));
}

TEST(ListPlaceholders, take_the_values_of_lists_that_rules_name) {
    std::string many = "list: many\nvalues: [";
    for (std::size_t i = 0; i <= kPlaceholderValuesMax; ++i) many += std::to_string(i) + ",";
    const event::LookupSet lists = lists_of(
        {"list: vips\nvalues: [Ada, 'CORP\\bob']\n", "list: unused\nvalues: [x]\n", many + "]\n",
         "list: own\nmatch: network\nvalues: [10.0.0.0/8, '::1']\n", "list: star\nvalues: ['*']\n",
         "list: names\nmatch: domain\nvalues: [example.com]\n", "list: ours\nvalues: [list]\n",
         "list: left\nkey: k\nuntil: u\nvalues: [{k: a}]\n"});
    detect::DetectorInputs inputs;
    inputs.placeholders["ours"] = {"configured"};
    inputs.rule_files = {
        {"r.yml", "100%\n'%vips%' \"%own%\" %many% %left%x%names%\n%star%ours%none%"}};
    add_list_placeholders(inputs, lists);
    using Values = std::vector<std::string>;
    EXPECT_EQ(inputs.placeholders["vips"], (Values{"ada", "corp\\bob"}));
    EXPECT_EQ(inputs.placeholders["own"], (Values{"10.0.0.0/8", "::1"}));
    EXPECT_EQ(inputs.placeholders["ours"], (Values{"configured"})) << "the configuration has it";
    EXPECT_EQ(inputs.placeholders.size(), 3u);
    const auto& refused = inputs.refused_placeholders;
    EXPECT_EQ(refused.size(), 4u);
    EXPECT_EQ(
        refused.at("many"),
        "the list many has 1001 values, and a placeholder at most 1000: write `x.lists: many` "
        "for the entity x instead (docs/howto/look-up-lists.md)");
    EXPECT_NE(refused.at("left").find("count at their times"), std::string::npos);
    EXPECT_NE(refused.at("names").find("below its domains"), std::string::npos);
    EXPECT_NE(refused.at("star").find("with *, ?"), std::string::npos);
}

}  // namespace
}  // namespace vedette::engine
