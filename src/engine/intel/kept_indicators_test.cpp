// SPDX-License-Identifier: Apache-2.0
#include "engine/intel/kept_indicators.h"

#include <gtest/gtest.h>

#include "engine/intel/feed_state.h"
#include "engine/intel/hunt_control.h"
#include "rule/intel/feed_reader.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine::intel {
namespace {

KeptIndicators::Feed feed_of(const std::string& name, const std::string& text) {
    rule::intel::FeedSettings settings;
    settings.name = name;
    auto read = rule::intel::read_feed(settings, rule::intel::WarningLists(), name, text);
    EXPECT_TRUE(read);
    return std::make_shared<const rule::intel::FeedSet>(std::move(read->set));
}

class Kept : public testing::Test {
  protected:
    /// As the engine does it: kept, told, journalled at `offset`.
    std::string put(KeptIndicators& kept, std::vector<KeptIndicators::Feed> feeds,
                    journal::Offset offset) {
        auto name = kept.keep(std::move(feeds));
        EXPECT_TRUE(name);
        EXPECT_TRUE(kept.note_coming(*name));
        EXPECT_TRUE(kept.note_in_force(*name, offset));
        return *name;
    }
    tests::TemporaryFolder folder_;
    base::SystemFiles files_;
};

TEST_F(Kept, sets_come_back_by_name_in_another_process) {
    std::string name;
    {
        KeptIndicators kept(files_, folder_.path());
        EXPECT_EQ(*kept.name_in_force(), "");
        name = put(kept, {feed_of("b", "evil.example\n"), feed_of("a", "192.0.2.1\n")}, 7);
    }
    KeptIndicators kept(files_, folder_.path());
    EXPECT_EQ(*kept.name_in_force(), name);
    EXPECT_EQ(*kept.in_force_since(), 7u);
    const auto index = kept.find(name);
    ASSERT_TRUE(index) << index.error().message();
    EXPECT_EQ((*index)->size(), 2u);
    EXPECT_EQ((*index)->feeds()[0]->feed(), "a");
    EXPECT_EQ((*kept.find(""))->size(), 0u);
    EXPECT_FALSE(kept.find(std::string(32, '0')));
    EXPECT_FALSE(kept.find("../../etc/passwd"));
}

TEST_F(Kept, the_same_feeds_have_the_same_name_in_any_order) {
    KeptIndicators kept(files_, folder_.path());
    const auto a = feed_of("a", "192.0.2.1\n"), b = feed_of("b", "evil.example\n");
    EXPECT_EQ(*kept.keep({a, b}), *kept.keep({b, a}));
    EXPECT_NE(*kept.keep({a, b}), *kept.keep({a}));
    EXPECT_EQ(*kept.keep({}), "");
}

TEST_F(Kept, goes_what_no_record_was_judged_by_any_more_and_nothing_else) {
    KeptIndicators kept(files_, folder_.path());
    const auto large = feed_of("large", "198.51.100.1\n");
    const std::string first = put(kept, {large, feed_of("a", "192.0.2.1\n")}, 10);
    const std::string second = put(kept, {large, feed_of("a", "192.0.2.2\n")}, 20);
    const std::string third = put(kept, {large, feed_of("a", "192.0.2.3\n")}, 30);
    EXPECT_EQ(*kept.remove_unneeded(15, {}), 0u) << "records from 15 on were judged by the first";
    EXPECT_EQ(*kept.remove_unneeded(20, {}), 0u)
        << "the record at 20 itself still follows the first";
    const std::string hunted = feed_of("a", "192.0.2.1\n")->hash().hex();
    EXPECT_EQ(*kept.remove_unneeded(21, {hunted}), 1u) << "the set; its feed is wanted";
    EXPECT_FALSE(kept.members(first));
    EXPECT_TRUE(kept.find_feed(hunted));
    EXPECT_EQ(*kept.remove_unneeded(21, {}), 1u);
    EXPECT_TRUE(KeptIndicators(files_, folder_.path()).find(second));
    EXPECT_EQ(*kept.remove_unneeded(1'000, {}), 2u);
    EXPECT_TRUE(KeptIndicators(files_, folder_.path()).find(third));
    EXPECT_FALSE(KeptIndicators(files_, folder_.path()).find(second));
}

TEST_F(Kept, a_set_that_may_not_have_come_into_force_replaces_none) {
    KeptIndicators kept(files_, folder_.path());
    const std::string first = put(kept, {feed_of("a", "192.0.2.1\n")}, 10);
    const auto coming = kept.keep({feed_of("a", "192.0.2.2\n")});
    ASSERT_TRUE(kept.note_coming(*coming));  // and then a kill
    EXPECT_EQ(*kept.name_in_force(), first);
    EXPECT_EQ(*kept.remove_unneeded(1'000, {}), 0u);
    EXPECT_TRUE(kept.members(*coming)) << "the journal may name it";
}

TEST_F(Kept, damaged_sets_are_refused) {
    KeptIndicators kept(files_, folder_.path());
    const std::string name = put(kept, {feed_of("a", "192.0.2.1\n")}, 10);
    const std::string path = folder_.path() + "/kept_indicators/" + name;
    const std::string bytes = *files_.read(path, 0, *files_.size_bytes(path));
    ASSERT_TRUE(files_.replace(path, bytes.substr(0, bytes.size() - 1) + "x"));
    EXPECT_EQ(KeptIndicators(files_, folder_.path()).find(name).error().code,
              base::ErrorCode::corrupt);
}

TEST(IndicatorsControl, comes_back_and_takes_nothing_else) {
    const std::string name(32, 'a');
    EXPECT_EQ(indicators_of_control(indicators_control(name)), name);
    EXPECT_EQ(indicators_of_control(indicators_control("")), "");
    EXPECT_FALSE(indicators_of_control(R"({"type":"indicators","set":"../x"})"));
    EXPECT_FALSE(indicators_of_control(R"({"type":"indicators","set":"})"));
    EXPECT_FALSE(indicators_of_control(R"({"type":"lists","set":""})"));
}

TEST(HuntControl, comes_back_with_its_findings) {
    HuntRun run{"set", 1, 2, 3, 4, {}};
    run.findings.resize(2);
    run.findings[0].id = "a";
    run.findings[1].raw = "\xFF\x00";
    const auto back = hunt_of_control(hunt_control(run));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->findings.size(), 2u);
    EXPECT_EQ(back->findings[0].id, "a");
    EXPECT_EQ(back->findings[1].raw, run.findings[1].raw);
    EXPECT_EQ(back->events, 3u);
    EXPECT_EQ(back->left_out, 4u);
    EXPECT_FALSE(hunt_of_control(hunt_control(run).substr(0, 80)));
    EXPECT_FALSE(hunt_of_control("{}"));
}

TEST(FeedState, comes_back_and_refuses_what_is_not_whole) {
    const FeedState state{
        std::string(32, 'a'), std::string(32, 'b'), "\"etag\"", "Sat", 5, 6, 7, 8, "words"};
    const std::string bytes = encode(state);
    const auto back = decode_feed_state(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(encode(*back), bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        EXPECT_FALSE(decode_feed_state(bytes.substr(0, i))) << i;
}

TEST(FeedState, of_a_feed_that_changed_beyond_belief_is_not_taken) {
    EXPECT_TRUE(check_change(0, 1));
    EXPECT_TRUE(check_change(1'000, 100));
    EXPECT_TRUE(check_change(1'000, 100'000));
    EXPECT_TRUE(check_change(5, 1)) << "a short list may";
    EXPECT_EQ(check_change(1'000, 0).error().code, base::ErrorCode::bad_input);
    EXPECT_EQ(check_change(0, 0).error().code, base::ErrorCode::bad_input);
    EXPECT_EQ(check_change(1'000, 99).error().code, base::ErrorCode::limit);
    EXPECT_EQ(check_change(1'000, 100'001).error().code, base::ErrorCode::limit);
}

TEST(FeedHeaders, are_read_and_their_values_never_told) {
    const tests::TemporaryFolder folder;
    base::SystemFiles files;
    ASSERT_TRUE(files.replace(folder / "good", "# key\nAuth-Key: geheim: x\n"));
    const auto headers = read_headers(folder / "good");
    ASSERT_TRUE(headers);
    EXPECT_EQ((*headers)[0].second, "geheim: x");
    for (const auto wrong : {"geheim\n", "Auth Key: geheim\n", "Auth-Key: \n",
                             "Auth-Key: geh\x01"
                             "eim\n"}) {
        ASSERT_TRUE(files.replace(folder / "bad", wrong));
        const auto bad = read_headers(folder / "bad");
        ASSERT_FALSE(bad) << wrong;
        EXPECT_EQ(bad.error().message().find("geh"), std::string::npos);
    }
}

}  // namespace
}  // namespace vedette::engine::intel
