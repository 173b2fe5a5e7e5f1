// SPDX-License-Identifier: Apache-2.0
#include "event/blank_record.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/told.h"

namespace vedette::event {
namespace {

Chunk sample() {
    Chunk chunk;
    chunk.envelope = {"bulk", "10.0.0.1", "csv", 1, {5}, "name,city", 7};
    for (const char* record : {"ada,london", "bob,rome", ""}) chunk.add_record(record);
    chunk.keys = {"k1", "k2", ""};
    chunk.position = "at 30";
    return chunk;
}

TEST(BlankRecord, leaves_a_gap_that_knows_its_rows) {
    const Chunk blank = with_blank_records(sample(), {{0, 3}});
    EXPECT_EQ(blank_rows(blank, 0), 3u);
    EXPECT_EQ(blank_rows(blank, 1), std::nullopt);
    EXPECT_EQ(blank.record(1), "bob,rome");
    EXPECT_EQ(blank.record(2), "");
    EXPECT_EQ(blank.keys, (std::vector<std::string>{"", "k2", ""}));
    EXPECT_EQ(blank.position, "at 30");
    EXPECT_EQ(blank.envelope.context, "name,city") << "the others are read by it";
    EXPECT_EQ(encode(blank).find("ada"), std::string::npos);
    EXPECT_EQ(encode(blank).find("k1"), std::string::npos);
}

TEST(BlankRecord, takes_the_header_as_well_once_nothing_is_left) {
    const Chunk blank = with_blank_records(sample(), {{0, 1}, {1, 1}, {2, 0}});
    EXPECT_TRUE(blank.envelope.context.empty());
    EXPECT_TRUE(blank.keys.empty());
    EXPECT_EQ(blank.envelope.origin, "10.0.0.1");
    EXPECT_EQ(blank_rows(blank, 2), 0u);
}

TEST(BlankRecord, takes_what_the_transport_told_of_it) {
    Chunk chunk = sample();
    chunk.envelope.context =
        with_told({{"kafka.key"}, {"ada", "bob", "ada"}, {1, 2, 3}}, "name,city");
    const Chunk blank = with_blank_records(chunk, {{0, 1}, {2, 1}});
    const auto split = split_told(blank.envelope.context, 3);
    ASSERT_TRUE(split.has_value());
    EXPECT_EQ(split->told.values, (std::vector<std::string>{"", "bob", ""}));
    EXPECT_EQ(split->told.times_ns, (std::vector<std::int64_t>{0, 2, 0}));
    EXPECT_EQ(split->context, "name,city");
    EXPECT_EQ(encode(blank).find("ada"), std::string::npos);
}

TEST(BlankRecord, is_the_same_when_it_is_done_again) {
    EXPECT_TRUE(rc::check([](std::vector<std::string> records, std::vector<std::uint8_t> rows) {
        Chunk chunk;
        for (const std::string& record : records) chunk.add_record(record);
        std::map<std::size_t, std::uint32_t> rows_of;
        for (std::size_t i = 0; i < records.size() && i < rows.size(); ++i) {
            if (rows[i] % 2 == 0) rows_of[i] = rows[i];
        }
        const std::string once = encode(with_blank_records(chunk, rows_of));
        std::string bytes = once;
        const auto again = decode_chunk(bytes);
        RC_ASSERT(again.has_value());
        RC_ASSERT(encode(with_blank_records(*again, rows_of)) == once);
        for (std::size_t i = 0; i < records.size(); ++i) {
            RC_ASSERT(blank_rows(*again, i).has_value() == rows_of.contains(i));
            if (!rows_of.contains(i)) {
                RC_ASSERT(again->record(i) == records[i]);
            }
        }
    }));
}

TEST(BlankRecord, does_not_believe_a_number_that_no_record_gives) {
    Chunk chunk;
    for (const char* text : {"99999999999", "16777217", "-1", "x", "", "1 "}) {
        chunk.add_record(text);
        chunk.flags.push_back(kRecordBlank);
    }
    for (std::size_t i = 0; i < chunk.record_count(); ++i) {
        EXPECT_EQ(blank_rows(chunk, i), std::nullopt) << chunk.record(i);
    }
}

}  // namespace
}  // namespace vedette::event
