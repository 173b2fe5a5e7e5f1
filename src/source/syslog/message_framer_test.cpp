// SPDX-License-Identifier: Apache-2.0
#include "source/syslog/message_framer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "event/batch.h"
#include "event/limits.h"
#include "source/syslog/limits.h"

namespace vedette::source::syslog {
namespace {

using Records = std::vector<std::string>;

struct Cut {
    Records records;
    std::vector<std::uint16_t> flags;
    std::uint64_t longer_count = 0;
};

Cut cut(std::string_view bytes, std::size_t piece_bytes,
        MessageFraming framing = MessageFraming::recognised) {
    Cut out;
    MessageFramer framer(framing);
    event::Chunk chunk;
    const auto hand_on = [&] {
        for (std::size_t i = 0; i < chunk.record_count(); ++i) {
            out.records.emplace_back(chunk.record(i));
            out.flags.push_back(chunk.flags.empty() ? 0 : chunk.flags[i]);
        }
        chunk = {};
    };
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
        std::string_view piece = bytes.substr(at, piece_bytes);
        while (!piece.empty()) {
            piece.remove_prefix(framer.feed(piece, chunk));
            if (!piece.empty()) hand_on();
        }
    }
    while (!framer.finish(chunk)) hand_on();
    hand_on();
    EXPECT_EQ(framer.state().position, bytes.size());
    EXPECT_FALSE(framer.has_unfinished());
    out.longer_count = framer.longer_count();
    return out;
}

Records records_of(std::string_view bytes, MessageFraming framing = MessageFraming::recognised) {
    const Records whole = cut(bytes, bytes.size() + 1, framing).records;
    for (const std::size_t piece_bytes : {1, 2, 3, 7}) {
        EXPECT_EQ(cut(bytes, piece_bytes, framing).records, whole);
    }
    return whole;
}

TEST(MessageFramer, takes_counted_messages_whole_with_line_ends_inside) {
    EXPECT_EQ(records_of("7 <1>a\nbc12 <34>two lin\n"), (Records{"<1>a\nbc", "<34>two lin"}));
}

TEST(MessageFramer, ends_lines_at_line_feed_carriage_return_or_NUL) {
    EXPECT_EQ(records_of(std::string_view("<1>a\n<2>b\r\n<3>c\0\0\n\n<4>d", 24)),
              (Records{"<1>a", "<2>b", "<3>c", "<4>d"}));
}

TEST(MessageFramer, tells_both_apart_on_one_connection) {
    EXPECT_EQ(records_of("<1>line\n5 <2>ab<3>line\n6 <4>abc\n<5>line\n"),
              (Records{"<1>line", "<2>ab", "<3>line", "<4>abc", "<5>line"}));
}

TEST(MessageFramer, takes_lines_that_begin_with_a_number_as_lines) {
    EXPECT_EQ(records_of("2026-11-28T10:00:00Z web1 a\n10.0.0.1 - - b\n12 monkeys\n007 <x>\n"
                         "1234567890 <1>ten digits\n"),
              (Records{"2026-11-28T10:00:00Z web1 a", "10.0.0.1 - - b", "12 monkeys", "007 <x>",
                       "1234567890 <1>ten digits"}));
}

TEST(MessageFramer, trusts_a_count_without_priority_once_it_has_seen_one_with) {
    EXPECT_EQ(records_of("5 hello\n5 <1>ab5 hello5 world"),
              (Records{"5 hello", "<1>ab", "hello", "world"}));
}

TEST(MessageFramer, keeps_to_the_framing_it_is_told) {
    EXPECT_EQ(records_of("5 hello3 abc", MessageFraming::counted), (Records{"hello", "abc"}));
    EXPECT_EQ(records_of("5 <1>ab\n", MessageFraming::lines), (Records{"5 <1>ab"}));
}

TEST(MessageFramer, keeps_what_is_not_counted_though_it_was_announced) {
    EXPECT_EQ(records_of("<1>no count\n5 <1>ab", MessageFraming::counted),
              (Records{"<1>no count", "<1>ab"}));
}

TEST(MessageFramer, gives_out_half_a_message_when_nothing_more_comes) {
    EXPECT_EQ(records_of("99 <1>half"), (Records{"<1>half"}));
    EXPECT_EQ(records_of("<1>half"), (Records{"<1>half"}));
    EXPECT_EQ(records_of("12"), (Records{"12"}));
    EXPECT_EQ(records_of("12 "), (Records{"12 "}));
}

TEST(MessageFramer, makes_no_message_of_nothing) {
    EXPECT_EQ(records_of("\n\n\r\n"), Records{});
    EXPECT_EQ(records_of("1 \n2 \r\n4 <1>a", MessageFraming::counted), (Records{"<1>a"}));
    EXPECT_EQ(records_of(""), Records{});
}

TEST(MessageFramer, cuts_long_messages_into_flagged_parts_and_counts_them) {
    const std::string longer(2 * kMessageBytesMax + 10, 'x');
    for (const std::string& text :
         {"<1>a\n" + longer + "\n<2>b\n",
          "4 <1>a" + std::to_string(longer.size() + 3) + " <9>" + longer + "4 <2>b"}) {
        for (const std::size_t piece_bytes : {4096ul, 1ul << 16, text.size()}) {
            const Cut found = cut(text, piece_bytes);
            ASSERT_EQ(found.records.size(), 5u);
            EXPECT_EQ(found.records.front(), "<1>a");
            EXPECT_EQ(found.records.back(), "<2>b");
            EXPECT_TRUE((found.records[1] + found.records[2] + found.records[3]).ends_with(longer));
            EXPECT_EQ(found.flags, (std::vector<std::uint16_t>{0, event::kRowPartOfLonger,
                                                               event::kRowPartOfLonger,
                                                               event::kRowPartOfLonger, 0}));
            EXPECT_EQ(found.longer_count, 1u);
        }
    }
}

TEST(MessageFramer, cuts_between_characters) {
    std::string text = "<1>";
    while (text.size() < kMessageBytesMax + 100) text += "\xE2\x82\xAC";
    for (const std::string& part : cut(text, 1000).records) {
        EXPECT_NE(static_cast<unsigned char>(part.front()) & 0xC0, 0x80);
    }
}

TEST(MessageFramer, takes_a_message_of_exactly_the_limit_in_one_piece) {
    const std::string message(kMessageBytesMax, 'y');
    EXPECT_EQ(cut(message + "\n", 5000).records, Records{message});
    EXPECT_EQ(
        cut(std::to_string(message.size()) + " " + message, 5000, MessageFraming::counted).records,
        Records{message});
}

TEST(MessageFramer, hands_over_every_whole_message_with_its_last_byte) {
    MessageFramer framer(MessageFraming::recognised);
    event::Chunk chunk;
    std::string text;
    for (std::size_t i = 0; i < event::kChunkRecordsMax; ++i) text += "4 <1>a";
    text += "4 <2>b";
    const std::size_t taken = framer.feed(text, chunk);
    EXPECT_EQ(chunk.record_count(), event::kChunkRecordsMax);
    EXPECT_LT(taken, text.size());
    event::Chunk next;
    EXPECT_EQ(framer.feed(std::string_view(text).substr(taken), next), text.size() - taken);
    EXPECT_EQ(next.record_count(), 1u);
    EXPECT_FALSE(framer.has_unfinished());
}

RC_GTEST_PROP(MessageFramer, gives_back_every_message_in_either_framing_however_it_is_cut, ()) {
    const auto lengths = *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 60));
    const auto piece_bytes = *rc::gen::inRange<std::size_t>(1, 50);
    std::string stream;
    Records sent;
    for (const int length : lengths) {
        std::string message = "<" + std::to_string(*rc::gen::inRange(0, 192)) + ">";
        for (int i = 0; i < length; ++i) message += *rc::gen::inRange('!', '~');
        const bool is_counted = *rc::gen::arbitrary<bool>();
        stream += is_counted ? std::to_string(message.size()) + " " + message : message + "\n";
        sent.push_back(message);
    }
    RC_ASSERT(cut(stream, piece_bytes).records == sent);
}

}  // namespace
}  // namespace vedette::source::syslog
