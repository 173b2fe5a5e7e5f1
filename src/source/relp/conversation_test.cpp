// SPDX-License-Identifier: Apache-2.0
#include "source/relp/conversation.h"

#include <gtest/gtest.h>

#include "event/batch.h"
#include "event/limits.h"
#include "source/relp/limits.h"

namespace vedette::source::relp {
namespace {

constexpr std::string_view kOpen = "1 open 30 relp_version=0\ncommands=syslog\n";
const std::string kWelcome =
    "200 OK\nrelp_version=0\nrelp_software=vedette," VEDETTE_VERSION "\ncommands=syslog";

std::string frame(int transaction, const std::string& command, const std::string& data) {
    return std::to_string(transaction) + " " + command + " " + std::to_string(data.size()) +
           (data.empty() ? "" : " " + data) + "\n";
}
std::string ok(int transaction) { return frame(transaction, "rsp", "200 OK"); }

struct Talk {
    std::atomic<std::uint64_t> longer{0}, broken{0};
    Conversation conversation{longer, broken};
    event::Chunk chunk;

    /// Feeds and gives what is answered at once.
    std::string say(std::string_view bytes) {
        EXPECT_EQ(conversation.feed(bytes, chunk), bytes.size());
        return conversation.take_answers();
    }
    void open() { EXPECT_EQ(say(kOpen), frame(1, "rsp", kWelcome)); }
    std::vector<std::string> offer() {
        std::vector<std::string> records;
        for (std::size_t i = 0; i < chunk.record_count(); ++i) {
            records.emplace_back(chunk.record(i));
        }
        chunk = {};
        conversation.on_offered();
        return records;
    }
    std::string durable() {
        conversation.on_durable();
        return conversation.take_answers();
    }
};

TEST(RelpConversation, opens_with_the_version_that_the_client_speaks) {
    Talk talk;
    talk.open();
    Talk other;
    const std::string answer = other.say("1 open 14 relp_version=1\n");
    EXPECT_NE(answer.find("relp_version=1\n"), std::string::npos);
}

TEST(RelpConversation, answers_a_message_when_it_is_durable_and_not_before) {
    Talk talk;
    talk.open();
    EXPECT_EQ(talk.say(frame(2, "syslog", "<1>a") + frame(3, "syslog", "<2>b\n")), "");
    EXPECT_EQ(talk.offer(), (std::vector<std::string>{"<1>a", "<2>b"}));
    EXPECT_EQ(talk.say(frame(4, "syslog", "<3>c")), "");
    EXPECT_EQ(talk.durable(), ok(2) + ok(3));
    EXPECT_EQ(talk.conversation.take_answers(), "");
    EXPECT_EQ(talk.offer(), (std::vector<std::string>{"<3>c"}));
    EXPECT_EQ(talk.durable(), ok(4));
}

TEST(RelpConversation, answers_in_the_order_of_the_commands) {
    Talk talk;
    talk.open();
    EXPECT_EQ(
        talk.say(frame(2, "syslog", "<1>a") + frame(3, "nonsense", "x") + frame(4, "syslog", "")),
        "");
    talk.offer();
    EXPECT_EQ(talk.durable(), ok(2) + frame(3, "rsp", "500 command not known here") + ok(4));
    EXPECT_EQ(talk.say(frame(5, "syslog", "")), ok(5));  // nothing to wait for
}

TEST(RelpConversation, closes_when_the_client_does_after_what_is_due) {
    Talk talk;
    talk.open();
    EXPECT_EQ(talk.say(frame(2, "syslog", "<1>a") + frame(3, "close", "") + "4 syslog 1 x\n"), "");
    EXPECT_TRUE(talk.conversation.is_over());
    EXPECT_EQ(talk.offer(), (std::vector<std::string>{"<1>a"}));
    EXPECT_EQ(talk.durable(), ok(2) + ok(3) + "0 serverclose 0\n");
}

TEST(RelpConversation, says_that_it_stops) {
    Talk talk;
    talk.open();
    talk.say(frame(2, "syslog", "<1>a"));
    talk.offer();
    talk.conversation.on_stop();
    EXPECT_EQ(talk.conversation.take_answers(), "");
    EXPECT_EQ(talk.durable(), ok(2) + "0 serverclose 0\n");
}

TEST(RelpConversation, breaks_off_with_whoever_does_not_speak_it) {
    for (const std::string bytes :
         {"<13>plain syslog\n", "1 syslog 1 x\n", "1 close 0\n", "GET / HTTP/1.0\n"}) {
        Talk talk;
        EXPECT_EQ(talk.say(bytes), "0 serverclose 0\n");
        EXPECT_TRUE(talk.conversation.is_over());
        EXPECT_EQ(talk.chunk.record_count(), 0u);
        EXPECT_EQ(talk.broken, 1u);
    }
}

TEST(RelpConversation, answers_what_came_before_the_bytes_that_broke_it) {
    Talk talk;
    talk.open();
    EXPECT_EQ(talk.say(frame(2, "syslog", "<1>a") + "nonsense\n"), "");
    EXPECT_TRUE(talk.conversation.is_over());
    EXPECT_EQ(talk.offer().size(), 1u);
    EXPECT_EQ(talk.durable(), ok(2) + "0 serverclose 0\n");
}

TEST(RelpConversation, does_not_answer_half_a_message_and_does_not_keep_it) {
    Talk talk;
    talk.open();
    talk.say("2 syslog 10 <1>a");
    EXPECT_TRUE(talk.conversation.has_unfinished());
    EXPECT_TRUE(talk.conversation.finish(talk.chunk));
    EXPECT_EQ(talk.chunk.record_count(), 0u);
    EXPECT_EQ(talk.conversation.take_answers(), "");
}

TEST(RelpConversation, keeps_a_long_message_in_flagged_parts_and_answers_it_once) {
    Talk talk;
    talk.open();
    const std::string longer(2 * kMessageBytesMax + 10, 'x');
    EXPECT_EQ(talk.say(frame(2, "syslog", "<1>a") + frame(3, "syslog", longer) +
                       frame(4, "syslog", std::string(kMessageBytesMax, 'y'))),
              "");
    ASSERT_EQ(talk.chunk.record_count(), 5u);
    constexpr std::uint16_t kPart = event::kRowPartOfLonger;
    EXPECT_EQ(talk.chunk.flags, (std::vector<std::uint16_t>{0, kPart, kPart, kPart, 0}));
    EXPECT_EQ(talk.longer, 1u);
    const auto records = talk.offer();
    EXPECT_EQ(records[1] + records[2] + records[3], longer);
    EXPECT_EQ(talk.durable(), ok(2) + ok(3) + ok(4));
}

TEST(RelpConversation, takes_no_more_than_a_chunk_or_a_window_holds) {
    Talk talk;
    talk.open();
    std::string many;
    for (int i = 0; i < 6000; ++i) many += frame(i + 2, "syslog", "<1>a");
    EXPECT_LT(talk.conversation.feed(many, talk.chunk), many.size());
    EXPECT_LE(talk.chunk.record_count(), event::kChunkRecordsMax);
    talk.offer();

    std::string others;
    for (int i = 0; i < 6000; ++i) others += frame(i + 2, "x", "");
    EXPECT_LT(talk.conversation.feed(others, talk.chunk), others.size());
}

TEST(RelpConversation, does_not_answer_hints) {
    Talk talk;
    talk.open();
    EXPECT_EQ(talk.say("0 serverclose 0\n0 anything 3 abc\n"), "");
    EXPECT_FALSE(talk.conversation.is_over());
}

}  // namespace
}  // namespace vedette::source::relp
