// SPDX-License-Identifier: Apache-2.0
#include "event/block_framer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/limits.h"

namespace vedette::event {
namespace {

Framing framing() {
    Framing out;
    out.kind = Framing::Kind::blocks;
    out.blocks = {"HEAD", "BLK!", 8, 16};
    return out;
}

const std::string kHeader = "HEAD1234";

std::string block(char content) { return "BLK!" + std::string(12, content); }

struct Cut {
    std::vector<std::string> records;
    FramerState after;
};

Cut cut(const std::string& bytes, std::size_t piece_bytes, FramerState from = {}) {
    Cut out;
    const auto framer = make_framer(framing(), from);
    Chunk chunk;
    const auto hand_on = [&] {
        for (std::size_t i = 0; i < chunk.record_count(); ++i) {
            out.records.emplace_back(chunk.record(i));
        }
        chunk = {};
    };
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
        std::string_view piece = std::string_view(bytes).substr(at, piece_bytes);
        while (!piece.empty()) {
            piece.remove_prefix(framer->feed(piece, chunk));
            if (!piece.empty()) hand_on();
        }
    }
    while (!framer->finish(chunk)) hand_on();
    hand_on();
    EXPECT_FALSE(framer->has_unfinished());
    out.after = framer->state();
    return out;
}

using Records = std::vector<std::string>;

TEST(BlockFramer, passes_over_the_header_and_gives_out_each_block) {
    const std::string bytes = kHeader + block('a') + block('b');
    const Cut found = cut(bytes, bytes.size());
    EXPECT_EQ(found.records, (Records{block('a'), block('b')}));
    EXPECT_EQ(found.after.position, bytes.size());
    EXPECT_EQ(found.after.record_count, 2u);
}

TEST(BlockFramer, a_damaged_header_is_passed_over_and_a_missing_one_costs_no_block) {
    EXPECT_EQ(cut("xxxxxxxx" + block('a'), 5).records, Records{block('a')});
    EXPECT_EQ(cut(block('a') + block('b'), 5).records, (Records{block('a'), block('b')}));
}

TEST(BlockFramer, what_begins_with_neither_is_given_out_whole) {
    const std::string bytes = "neither a header nor a block";
    EXPECT_EQ(cut(bytes, 3).records, (Records{bytes.substr(0, 16), bytes.substr(16)}));
}

TEST(BlockFramer, room_never_used_is_no_record_and_a_damaged_block_is_one) {
    const std::string damaged = "????" + std::string(12, 'd');
    EXPECT_EQ(cut(kHeader + block('a') + std::string(32, '\0') + damaged, 7).records,
              (Records{block('a'), damaged}));
}

TEST(BlockFramer, the_last_block_may_be_cut_and_a_header_may_stand_alone) {
    EXPECT_EQ(cut(kHeader + block('a').substr(0, 9), 4).records, Records{block('a').substr(0, 9)});
    EXPECT_TRUE(cut(kHeader, 3).records.empty());
    EXPECT_TRUE(cut("", 1).records.empty());
}

TEST(BlockFramer, goes_on_where_it_stopped) {
    const std::string bytes = kHeader + block('a') + block('b') + block('c');
    const Cut first = cut(bytes.substr(0, kHeader.size() + 16), 100);
    const Cut rest = cut(bytes.substr(first.after.position), 100, first.after);
    EXPECT_EQ(rest.records, (Records{block('b'), block('c')}));
    EXPECT_EQ(rest.after.record_count, 3u);
}

TEST(BlockFramer, more_blocks_than_a_chunk_holds_lose_nothing) {
    std::string bytes = kHeader;
    for (std::size_t i = 0; i < kChunkRecordsMax + 3; ++i) {
        bytes += block(static_cast<char>('a' + i % 26));
    }
    EXPECT_EQ(cut(bytes, bytes.size()).records.size(), kChunkRecordsMax + 3);
}

TEST(BlockFramer, pieces_do_not_matter) {
    rc::check([](const std::vector<std::uint8_t>& content, bool has_header) {
        std::string bytes = has_header ? kHeader : "";
        for (const std::uint8_t byte : content) {
            bytes += byte % 3 == 0 ? block(static_cast<char>(byte)) : std::string(byte % 20, '\0');
        }
        const std::size_t piece_bytes = *rc::gen::inRange<std::size_t>(1, 50);
        RC_ASSERT(cut(bytes, piece_bytes).records == cut(bytes, bytes.size() + 1).records);
    });
}

}  // namespace
}  // namespace vedette::event
