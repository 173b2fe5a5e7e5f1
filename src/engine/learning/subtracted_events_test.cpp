// SPDX-License-Identifier: Apache-2.0
#include "engine/learning/subtracted_events.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "engine/learning/lesson.h"
#include "engine/learning/limits.h"

namespace vedette::engine::learning {
namespace {

TEST(SubtractedEvents, are_read_as_findings_show_them) {
    const auto ids = read_event_ids("# Tuesday\r\n 4711:0\t4711:1\n\n4712.3 # a comment\n4711:0");
    ASSERT_TRUE(ids) << ids.error().message();
    EXPECT_EQ(*ids, (EventIds{{4711, 0}, {4711, 1}, {4712, 3}, {4711, 0}}));
    EXPECT_EQ(read_event_ids(""), EventIds());
    EXPECT_EQ(read_event_ids("# nothing"), EventIds());
}

TEST(SubtractedEvents, that_are_none_are_named_by_their_line_and_not_by_their_bytes) {
    for (const std::string wrong : {"4711", "4711:", ":0", "4711:0:0:0", "4711:x", "-1:0",
                                    "4711:4294967296", "\x1b[2J", "99999999999999999999:0"}) {
        const auto ids = read_event_ids("1:0\n2:0\n" + wrong + "\n");
        ASSERT_FALSE(ids) << wrong;
        EXPECT_EQ(ids.error().where, "line 3");
        EXPECT_EQ(ids.error().message().find('\x1b'), std::string::npos);
    }
}

TEST(SubtractedEvents, of_a_hostile_file_are_bounded) {
    std::string text;
    for (std::size_t i = 0; i <= kSubtractedMax; ++i) text += "1:0\n";
    const auto many = read_event_ids(text);
    ASSERT_FALSE(many);
    EXPECT_EQ(many.error().code, base::ErrorCode::limit);
    const auto one_line = read_event_ids(std::string(std::size_t{64} << 20, '7'));
    ASSERT_FALSE(one_line);
    EXPECT_EQ(one_line.error().code, base::ErrorCode::bad_input);
    EXPECT_FALSE(read_event_ids(std::string(1'000, '\0')));
    const auto large = decode_subtracted(std::string(kSubtractedBytesMax + 1, '1'));
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().code, base::ErrorCode::limit);
}

TEST(SubtractedEvents, are_one_list_whatever_their_order_was) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 50; ++round) {
        EventIds ids;
        std::set<event::EventId> plain;
        for (int i = 0; i < 200; ++i) {
            const event::EventId id{1 + random() % 50, static_cast<std::uint32_t>(random() % 5)};
            ids.push_back(id);
            plain.insert(id);
        }
        EXPECT_EQ(put_in_order(ids), 200 - plain.size());
        EXPECT_EQ(ids, EventIds(plain.begin(), plain.end()));
        for (std::uint64_t offset = 0; offset < 52; ++offset) {
            for (std::uint32_t row = 0; row < 6; ++row) {
                EXPECT_EQ(contains(ids, {offset, row}), plain.contains({offset, row}));
            }
        }
        const auto kept = decode_subtracted(encode_subtracted(ids));
        ASSERT_TRUE(kept);
        EXPECT_EQ(*kept, ids);
    }
}

TEST(SubtractedEvents, that_were_kept_by_nobody_of_us_are_refused) {
    const std::string good = encode_subtracted({{3, 0}, {3, 1}});
    EXPECT_TRUE(decode_subtracted(good));
    for (const std::string& bad :
         {std::string(), std::string("3:0\n"), good + "3:1\n", good + "2:0\n", good + "\n",
          good + "# x\n", good.substr(0, good.size() - 1)}) {
        EXPECT_FALSE(decode_subtracted(bad)) << bad;
    }
}

TEST(Lesson, says_in_its_record_what_was_learned_and_what_left_out) {
    Lesson lesson;
    lesson.state = std::string(32, 'a');
    EXPECT_EQ(lesson_of_control(lesson_control(lesson)), lesson);
    lesson.from = {-5};
    lesson.to = {1'795'343'703'000'000'000};
    lesson.stored_to = 42;
    lesson.subtracted = std::string(32, '7');
    EXPECT_EQ(lesson_of_control(lesson_control(lesson)), lesson);
}

TEST(Lesson, of_an_older_version_left_nothing_out) {
    Lesson lesson;
    lesson.state = std::string(32, 'a');
    EXPECT_EQ(lesson_of_control(R"({"type":"analytics_learned","state":")" + lesson.state + "\"}"),
              lesson);
    EXPECT_FALSE(lesson_of_control(R"({"type":"ruleset","state":")" + lesson.state + "\"}"));
    EXPECT_FALSE(lesson_of_control(R"({"type":"analytics_learned","state":"../../etc/passwd"})"));
    EXPECT_FALSE(lesson_of_control(R"({"type":"analytics_learned","state":")" + lesson.state +
                                   R"(","subtracted":"x"})"));
}

}  // namespace
}  // namespace vedette::engine::learning
