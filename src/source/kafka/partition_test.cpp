// SPDX-License-Identifier: Apache-2.0
#include "source/kafka/partition.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <random>

#include "event/batch.h"
#include "event/limits.h"
#include "source/kafka/limits.h"
#include "source/kafka/record_cutter.h"
#include "tests/sources_support/fake_sink.h"

namespace vedette::source::kafka {
namespace {

std::vector<std::string> cut_all(std::string_view value, bool by_lines) {
    std::vector<std::string> out;
    for (RecordCutter records(value, by_lines); records.has_more();) {
        out.emplace_back(records.next().bytes);
    }
    return out;
}

TEST(RecordCutter, takes_a_message_whole_or_by_its_lines) {
    using Texts = std::vector<std::string>;
    EXPECT_EQ(cut_all("one\n\n\r\ntwo\r\nthree", true), (Texts{"one", "two", "three"}));
    EXPECT_EQ(cut_all("{\n \"a\": 1\n}\n", false), (Texts{"{\n \"a\": 1\n}"}));
    EXPECT_EQ(cut_all("", false), Texts{});
    EXPECT_EQ(cut_all("\n\r\n", true), Texts{});
}

TEST(RecordCutter, cuts_what_is_too_long_between_characters_and_flags_every_part) {
    std::string value(event::kRecordBytesMax - 1, 'x');
    value += "\xE2\x82\xAC rest\nnext";
    RecordCutter records(value, true);
    const auto first = records.next();
    EXPECT_EQ(first.bytes.size(), event::kRecordBytesMax - 1);
    EXPECT_EQ(first.flags, event::kRowPartOfLonger);
    const auto second = records.next();
    EXPECT_EQ(second.bytes, "\xE2\x82\xAC rest");
    EXPECT_EQ(second.flags, event::kRowPartOfLonger);
    EXPECT_EQ(records.next().flags, 0);
    const std::string binary(3 * event::kRecordBytesMax + 5, '\x80');
    EXPECT_EQ(cut_all(binary, false).size(), 4u);
}

TEST(Position, survives_its_own_encoding_and_refuses_damage) {
    const Position position{1'234'567'890'123, 7, "json"};
    const std::string bytes = encode_position(position);
    EXPECT_EQ(*decode_position(bytes), position);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        EXPECT_FALSE(decode_position(bytes.substr(0, cut)));
    }
    EXPECT_FALSE(decode_position(bytes + "x"));
    EXPECT_FALSE(decode_position(encode_position({-1, 0, {}})));
}

struct House {
    event::FormatDeclarations formats = tests::fake_formats();
    TopicFormat format{formats, ""};
    Partition partition{"orders", 3, format, false};
};

TEST(Partition, tells_of_each_record_where_it_lay_and_what_came_with_it) {
    House house;
    Message message;
    message.offset = 41;
    message.value = "{\"a\":1}\n";
    message.key = "customer 7";
    message.time_ms = 1'700'000'000'123;
    message.headers = {{"trace", "abc"}, {"empty", ""}};
    house.partition.take(message);
    message.offset = 43;
    message.key = std::nullopt;
    message.time_ms = std::nullopt;
    message.headers.clear();
    house.partition.take(message);
    const auto chunk = house.partition.next_chunk();
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->envelope.origin, "orders/3");
    EXPECT_EQ(chunk->envelope.format, "json");
    EXPECT_EQ(chunk->envelope.first_line, 41u);
    EXPECT_EQ(chunk->record(0), "{\"a\":1}");
    const auto split = event::split_told(chunk->envelope.context, chunk->record_count());
    ASSERT_TRUE(split);
    EXPECT_EQ(split->context, "");
    const event::Told& told = split->told;
    EXPECT_EQ(told.names, (std::vector<std::string>{"kafka.topic", "kafka.partition",
                                                    "kafka.offset", "kafka.timestamp", "kafka.key",
                                                    "kafka.headers", "kafka.headers"}));
    EXPECT_EQ(told.values, (std::vector<std::string>{
                               "orders", "3", "41", "2023-11-14T22:13:20.123Z", "customer 7",
                               "trace: abc", "empty: ", "orders", "3", "43", "", "", "", ""}));
    EXPECT_EQ(told.times_ns, (std::vector<std::int64_t>{1'700'000'000'123'000'000, 0}));
    EXPECT_EQ(*decode_position(chunk->position), (Position{44, 0, "json"}));
}

TEST(Partition, keeps_what_came_with_a_message_within_bounds) {
    House house;
    const std::string long_text(5'000, 'k');
    Message message;
    message.value = "x";
    message.key = long_text;
    for (std::size_t i = 0; i < kHeadersMax + 3; ++i) message.headers.emplace_back("h", long_text);
    for (message.offset = 0; message.offset < 300; ++message.offset) house.partition.take(message);
    EXPECT_EQ(house.partition.headers_left_out(), 900u);
    std::size_t records = 0;
    while (const auto chunk = house.partition.next_chunk()) {
        EXPECT_TRUE(event::split_told(chunk->envelope.context, chunk->record_count()));
        records += chunk->record_count();
        house.partition.on_offered();
        house.partition.on_durable();
    }
    EXPECT_EQ(records, 300u);
    EXPECT_EQ(house.partition.held_bytes(), 0u);
}

TEST(Partition, moves_its_place_over_tombstones_when_nothing_is_on_its_way) {
    House house;
    house.partition.begin(0);
    EXPECT_EQ(house.partition.take({0, ""}), Partition::Taken::empty);
    EXPECT_EQ(house.partition.durable_offset(), 1);
    house.partition.take({1, "x"});
    EXPECT_EQ(house.partition.take({2, ""}), Partition::Taken::empty);
    EXPECT_EQ(house.partition.durable_offset(), 1) << "the record before it is not safe yet";
    EXPECT_EQ(house.partition.take({1, "x"}), Partition::Taken::repeated);
}

/// A log of messages, some too long for one record, and a reader that is refused, revoked and
/// restarted at random: the journal must hold each record once, in order.
RC_GTEST_PROP(Partition, loses_nothing_and_doubles_nothing_whatever_becomes_of_its_chunks, ()) {
    static int runs = 0;
    if (++runs > 30) return;  // the long messages take their time
    std::mt19937 random(*rc::gen::arbitrary<std::uint32_t>());
    std::vector<std::string> log, wanted;
    for (std::uint32_t i = random() % 30 + 1; i > 0; --i) {
        constexpr std::array<std::size_t, 8> kSizes = {0, 0, 9, 20, 21, 30, 400'000, 2'500'000};
        const std::size_t size = kSizes[random() % kSizes.size()];
        log.push_back(size == 0 ? "" : std::to_string(i) + std::string(size, 'x'));
        for (std::string& record : cut_all(log.back(), false)) wanted.push_back(std::move(record));
    }
    std::vector<std::string> journal;
    std::string journalled;  // the newest position
    auto house = std::make_unique<House>();
    std::shared_ptr<const event::Chunk> on_its_way;
    std::size_t next = 0;
    const auto restart = [&](bool is_new_life) {
        if (is_new_life) {
            house = std::make_unique<House>();
            if (!journalled.empty()) house->partition.restore(*decode_position(journalled));
            on_its_way.reset();
        }
        house->partition.begin(house->partition.place().value_or(0));
        next = static_cast<std::size_t>(*house->partition.read_offset());
    };
    restart(true);
    for (int step = 0; step < 3'000 && journal.size() < wanted.size(); ++step) {
        const std::uint32_t what = random() % (step > 500 ? 6 : 10);
        if (what < 3 && next < log.size()) {
            house->partition.take({static_cast<std::int64_t>(next), log[next]});
            ++next;
        } else if (what < 5 && !on_its_way) {
            on_its_way = house->partition.next_chunk();
            if (on_its_way) house->partition.on_offered();
        } else if (what < 8 && on_its_way) {
            if (what == 7) {
                house->partition.on_refused(true);
            } else {
                for (std::size_t i = 0; i < on_its_way->record_count(); ++i)
                    journal.emplace_back(on_its_way->record(i));
                journalled = on_its_way->position;
                house->partition.on_durable();
            }
            on_its_way.reset();
        } else if (what == 8) {
            restart(true);
        } else if (what == 9) {
            restart(false);
        }
    }
    RC_ASSERT(journal == wanted);
}

}  // namespace
}  // namespace vedette::source::kafka
