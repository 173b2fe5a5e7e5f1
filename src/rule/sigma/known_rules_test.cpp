// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/known_rules.h"

#include <gtest/gtest.h>

#include "rule/sigma/test_samples.h"

namespace vedette::rule::sigma {
namespace {

std::string rule(const std::string& id, const std::string& field, const std::string& text) {
    return "title: t" + id + "\nid: '" + id + "'\nlogsource: {product: any}\ndetection: {s: {" +
           field + "|contains: ['" + text + "', 'other']}, condition: s}\n";
}

class KnownRulesTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(sources_.add("l.yml", "logsources: [{product: any, match: {}}]"));
    }

    std::shared_ptr<const Program> make(const TextFiles& files, const LoadOptions& options = {}) {
        LoadedRules loaded = known_.load(files, options);
        refused_ = loaded.refusals.size();
        auto program = known_.make_program(std::move(loaded.rules), sources_, fields_);
        EXPECT_TRUE(program);
        return *program;
    }

    std::size_t hits(const std::shared_ptr<const Program>& program, const std::string& text) {
        CompiledMatcher matcher(program);
        const samples::TestEvent event{{{"F", text}, {"G", text}, {"H", text}}, {}, {}, false};
        return samples::all_hits(matcher, {event}, 1, fields_).size();
    }

    LogSourceMap sources_;
    event::FieldDictionary fields_;
    KnownRules known_;
    std::size_t refused_ = 0;
};

TEST_F(KnownRulesTest, read_and_compile_what_changed_alone) {
    TextFiles files = {{"a.yml", rule("1", "F", "one")},
                       {"b.yml", rule("2", "G", "two")},
                       {"c.yml", rule("3", "H", "three")},
                       {"d.yml", "title: x\nsomething: else\n"}};
    const auto first = make(files);
    EXPECT_EQ(known_.read_count(), 4u);
    EXPECT_EQ(known_.patterns().made_count(), 3u);
    files[1].second = rule("2", "G", "zwei");
    const auto second = make(files);
    EXPECT_EQ(known_.read_count(), 1u);
    EXPECT_EQ(known_.patterns().made_count(), 4u);
    EXPECT_EQ(refused_, 1u) << "what was refused still is";
    EXPECT_EQ(hits(first, "two"), 1u);
    EXPECT_EQ(hits(second, "two"), 0u);
    EXPECT_EQ(hits(second, "zwei"), 1u);
    EXPECT_EQ(hits(second, "three one"), 2u);
    EXPECT_EQ(second->rules()[0].title, "t1");
}

TEST_F(KnownRulesTest, read_all_once_the_last_program_is_gone_or_placeholders_changed) {
    const TextFiles files = {{"a.yml", rule("1", "F", "one")}, {"b.yml", rule("2", "G", "two")}};
    make(files);
    auto kept = make(files);
    EXPECT_EQ(known_.read_count(), 2u) << "nobody uses the program any more";
    LoadOptions options;
    options.placeholders["x"] = {"y"};
    kept = make(files, options);
    EXPECT_EQ(known_.read_count(), 2u);
    kept = make(files, options);
    EXPECT_EQ(known_.read_count(), 0u);
}

TEST_F(KnownRulesTest, give_what_a_set_read_anew_gives_where_ids_repeat) {
    TextFiles files = {{"a.yml", rule("1", "F", "one")}, {"b.yml", rule("1", "G", "two")}};
    auto kept = make(files);
    EXPECT_EQ(refused_, 1u);
    kept = make(files);
    EXPECT_EQ(refused_, 1u);
    files.erase(files.begin());
    kept = make(files);
    EXPECT_EQ(refused_, 0u);
    EXPECT_EQ(hits(kept, "two"), 1u);
}

}  // namespace
}  // namespace vedette::rule::sigma
