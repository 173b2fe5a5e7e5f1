// SPDX-License-Identifier: Apache-2.0
#include "event/line_framer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>
#include <iostream>
#include <utility>

#include "event/batch.h"
#include "event/limits.h"

namespace vedette::event {
namespace {

struct LineCut {
    std::vector<std::string> records;
    std::vector<std::uint16_t> flags;
    std::vector<std::uint64_t> positions;  // of the framer after each chunk
    FramerState state;
    bool operator==(const LineCut& other) const {
        return records == other.records && flags == other.flags && state == other.state;
    }
};

/// Feeds like a source does, and checks what every chunk promises.
class Feeder {
  public:
    explicit Feeder(Framing framing = {}, FramerState from = {})
        : framer_(framing, from), next_line_(from.record_count) {}

    void feed(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t taken = framer_.feed(bytes, chunk_);
            bytes.remove_prefix(taken);
            if (!bytes.empty()) hand_on();
        }
    }

    LineCut finish() {
        while (!framer_.finish(chunk_)) hand_on();
        hand_on();
        cut_.state = framer_.state();
        return std::move(cut_);
    }

    LineFramer& framer() { return framer_; }

  private:
    void hand_on() {
        if (chunk_.ends.empty()) return;
        EXPECT_EQ(chunk_.envelope.first_line, next_line_);
        EXPECT_LE(chunk_.record_count(), kChunkRecordsMax);
        EXPECT_TRUE(chunk_.record_count() == 1 || chunk_.bytes.size() <= kChunkBytesMax);
        EXPECT_TRUE(chunk_.flags.empty() || chunk_.flags.size() == chunk_.record_count());
        for (std::size_t i = 0; i < chunk_.record_count(); ++i) {
            cut_.records.emplace_back(chunk_.record(i));
            cut_.flags.push_back(chunk_.flags.empty() ? std::uint16_t{0} : chunk_.flags[i]);
        }
        next_line_ += chunk_.record_count();
        cut_.positions.push_back(framer_.state().position);
        chunk_ = {};
    }

    LineFramer framer_;
    std::uint64_t next_line_;
    Chunk chunk_;
    LineCut cut_;
};

LineCut cut_whole(std::string_view bytes, Framing framing = {}) {
    Feeder feeder(framing);
    feeder.feed(bytes);
    return feeder.finish();
}

LineCut cut_in_pieces(std::string_view bytes, const std::vector<std::size_t>& pieces,
                      Framing framing = {}) {
    Feeder feeder(framing);
    for (const std::size_t piece : pieces) {
        const std::string_view head = bytes.substr(0, piece);
        feeder.feed(head);
        bytes.remove_prefix(head.size());
    }
    feeder.feed(bytes);
    return feeder.finish();
}

using Records = std::vector<std::string>;

TEST(LineFramer, cuts_lines_with_both_line_ends_and_passes_over_empty_ones) {
    const LineCut cut = cut_whole("one\ntwo\r\n\n\r\n three \n\rfour\r\r\nlast");
    EXPECT_EQ(cut.records, (Records{"one", "two", " three ", "\rfour\r", "last"}));
    EXPECT_EQ(cut.state, (FramerState{32, 5, false}));
}

std::vector<std::pair<std::string, std::string>> with_contexts(std::string_view bytes,
                                                               const Framing& framing,
                                                               std::size_t piece) {
    std::vector<std::pair<std::string, std::string>> out;
    LineFramer framer(framing);
    Chunk chunk;
    const auto hand_on = [&] {
        for (std::size_t i = 0; i < chunk.record_count(); ++i) {
            out.emplace_back(chunk.envelope.context, chunk.record(i));
        }
        chunk = {};
        // A restart between any two chunks must make no difference.
        if (!framer.has_unfinished()) framer = LineFramer(framing, framer.state());
    };
    while (!bytes.empty()) {
        const std::size_t taken = framer.feed(bytes.substr(0, piece), chunk);
        bytes.remove_prefix(taken);
        if (taken < std::min(piece, bytes.size() + taken)) hand_on();
    }
    while (!framer.finish(chunk)) hand_on();
    hand_on();
    return out;
}

TEST(LineFramer, carries_marked_header_lines_as_the_context_of_the_records_behind_them) {
    const Framing framing{Framing::Kind::lines, Framing::Header::marked, "#"};
    const std::string_view bytes = "none\n#a\n\n#b\r\none\ntwo\n#close\n#c\nthree\n#close";
    const std::vector<std::pair<std::string, std::string>> expected{
        {"", "none"}, {"#a\n#b", "one"}, {"#a\n#b", "two"}, {"#close\n#c", "three"}};
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        EXPECT_EQ(with_contexts(bytes, framing, piece), expected) << piece;
    }
}

TEST(LineFramer, carries_the_first_line_as_context_where_the_format_says_so) {
    const Framing framing{Framing::Kind::lines, Framing::Header::first, ""};
    const std::vector<std::pair<std::string, std::string>> expected{{"x,y", "1,2"}, {"x,y", "x,y"}};
    for (std::size_t piece = 1; piece <= 14; ++piece) {
        EXPECT_EQ(with_contexts("\nx,y\n1,2\nx,y\n", framing, piece), expected) << piece;
    }
    const std::string longer(kContextBytesMax + 1, 'h');
    EXPECT_EQ(with_contexts(longer + "\nx\ny", framing, 1u << 20).front().second, longer)
        << "what is too long for a header is a record";
}

bool begins_with_blank(std::string_view, std::string_view line) { return line.starts_with(' '); }

TEST(LineFramer, joins_lines_that_go_on_with_a_record_however_they_are_fed) {
    Framing framing;
    framing.continues = begins_with_blank;
    const std::string_view bytes = "a\n b\r\n\n c\nd\n\n\ne\n f";
    const std::vector<std::pair<std::string, std::string>> expected{
        {"", "a\n b\n c"}, {"", "d"}, {"", "e\n f"}};
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        EXPECT_EQ(with_contexts(bytes, framing, piece), expected) << piece;
    }
}

TEST(LineFramer, goes_on_at_the_first_line_of_a_record_that_may_have_more) {
    Framing framing;
    framing.continues = begins_with_blank;
    LineFramer framer(framing);
    Chunk chunk;
    EXPECT_EQ(framer.feed("a\nb\n c\n\n d", chunk), 10u);
    EXPECT_EQ(chunk.record_count(), 1u);
    EXPECT_EQ(framer.state().position, 2u) << "b may go on";
    EXPECT_TRUE(framer.has_unfinished());
    LineFramer again(framing, framer.state());
    Chunk rest;
    EXPECT_EQ(again.feed("b\n c\n\n d\n", rest), 9u);
    EXPECT_TRUE(again.finish(rest));
    EXPECT_EQ(rest.record(0), "b\n c\n d");
    EXPECT_EQ(again.state(), (FramerState{11, 2, false}));
}

TEST(LineFramer, ends_a_record_of_many_lines_at_the_longest_record) {
    Framing framing;
    framing.continues = begins_with_blank;
    const std::string line = " " + std::string(kRecordBytesMax / 3, 'x') + "\n";
    LineFramer framer(framing);
    std::vector<std::size_t> sizes;
    for (int i = 0; i < 7; ++i) {
        Chunk chunk;
        EXPECT_EQ(framer.feed(line, chunk), line.size());
        for (std::size_t r = 0; r < chunk.record_count(); ++r)
            sizes.push_back(chunk.record(r).size());
    }
    Chunk chunk;
    EXPECT_TRUE(framer.finish(chunk));
    EXPECT_FALSE(framer.has_unfinished());
    EXPECT_EQ(sizes.size(), 3u);
    for (const std::size_t size : sizes) EXPECT_LE(size, kRecordBytesMax);
    EXPECT_EQ(framer.state().position, 7 * line.size());
}

TEST(LineFramer, gives_nothing_for_nothing) {
    EXPECT_TRUE(cut_whole("").records.empty());
    EXPECT_TRUE(cut_whole("\n\n\r\n\r").records.empty());
    EXPECT_EQ(cut_whole("\n\n\r\n\r").state.position, 5u);
}

TEST(LineFramer, keeps_the_last_line_back_until_told_and_its_position_with_it) {
    LineFramer framer;
    Chunk chunk;
    EXPECT_EQ(framer.feed("one\ntw", chunk), 6u);
    EXPECT_EQ(chunk.record_count(), 1u);
    EXPECT_TRUE(framer.has_unfinished());
    EXPECT_EQ(framer.state().position, 4u);
    EXPECT_TRUE(framer.finish(chunk));
    EXPECT_EQ(chunk.record(1), "tw");
    EXPECT_EQ(framer.state().position, 6u);
    EXPECT_FALSE(framer.has_unfinished());
}

TEST(LineFramer, stops_at_a_full_chunk_and_goes_on_with_an_empty_one) {
    std::string bytes;
    for (std::size_t i = 0; i < kChunkRecordsMax + 3; ++i) bytes += "x\n";
    LineFramer framer;
    Chunk chunk;
    EXPECT_EQ(framer.feed(bytes, chunk), kChunkRecordsMax * 2);
    EXPECT_EQ(chunk.record_count(), kChunkRecordsMax);
    EXPECT_EQ(framer.feed("x\n", chunk), 0u) << "a full chunk takes nothing";
    Chunk next;
    EXPECT_EQ(framer.feed("x\nx\nx\n", next), 6u);
    EXPECT_EQ(next.envelope.first_line, kChunkRecordsMax);
}

TEST(LineFramer, keeps_a_record_of_just_the_largest_size_whole) {
    for (const std::string line_end : {"\n", "\r\n", "", "\r"}) {
        const std::string record(kRecordBytesMax, 'a');
        for (const std::size_t piece : {std::size_t{1}, kRecordBytesMax, kRecordBytesMax + 1}) {
            const LineCut cut = cut_in_pieces(record + line_end, {piece, kRecordBytesMax - 1});
            ASSERT_EQ(cut.records.size(), 1u);
            EXPECT_EQ(cut.records[0].size(), kRecordBytesMax);
            EXPECT_EQ(cut.flags[0], 0);
        }
    }
}

TEST(LineFramer, cuts_longer_records_in_flagged_parts_that_add_up) {
    std::string record = "b";
    while (record.size() < 3 * kRecordBytesMax) record += "a\xE2\x82\xAC";  // a, euro sign
    const LineCut cut = cut_whole("before\n" + record + "\r\nafter\n");
    ASSERT_EQ(cut.records.size(), 6u);
    std::string sum;
    for (std::size_t i = 1; i < 5; ++i) {
        EXPECT_EQ(cut.flags[i], kRowPartOfLonger);
        EXPECT_LE(cut.records[i].size(), kRecordBytesMax);
        EXPECT_NE(static_cast<unsigned char>(cut.records[i][0]) & 0xC0, 0x80)
            << "no part begins inside a character";
        sum += cut.records[i];
    }
    EXPECT_EQ(sum, record);
    EXPECT_EQ(cut.flags[0], 0);
    EXPECT_EQ(cut.flags[5], 0);
    EXPECT_EQ(cut.records[5], "after");
}

TEST(LineFramer, cuts_bytes_that_are_no_characters_at_the_bound) {
    const LineCut cut = cut_whole(std::string(kRecordBytesMax + 10, '\x80') + "\n");
    ASSERT_EQ(cut.records.size(), 2u);
    EXPECT_EQ(cut.records[0].size(), kRecordBytesMax);
}

TEST(LineFramer, hands_a_whole_input_on_as_one_record) {
    const LineCut cut = cut_in_pieces("{\n}\r\n\r", {1, 2}, {Framing::Kind::whole});
    EXPECT_EQ(cut.records, (Records{"{\n}\r\n\r"}));
    EXPECT_EQ(
        cut_whole(std::string(kRecordBytesMax, 'x') + "\r", {Framing::Kind::whole}).records.size(),
        2u);
}

TEST(LineFramer, goes_on_from_a_state_as_if_never_stopped) {
    std::string bytes = "one\n" + std::string(2 * kRecordBytesMax + 7, 'b') + "\ntwo\n\nthree";
    const LineCut expected = cut_whole(bytes);
    // After every chunk the state is what a source journals; a new framer goes on from there.
    for (std::size_t stop = 1; stop < bytes.size(); stop += stop < 20 ? 1 : 99'991) {
        Feeder first;
        first.feed(std::string_view(bytes).substr(0, stop));
        const FramerState state = first.framer().state();
        Feeder second({}, state);
        second.feed(std::string_view(bytes).substr(state.position));
        const LineCut rest = second.finish();
        EXPECT_EQ(rest.state, expected.state);
        ASSERT_EQ(rest.records.size(), expected.records.size() - state.record_count);
        for (std::size_t i = 0; i < rest.records.size(); ++i) {
            EXPECT_EQ(rest.records[i], expected.records[i + state.record_count]);
            EXPECT_EQ(rest.flags[i], expected.flags[i + state.record_count]);
        }
    }
}

TEST(LineFramer, gives_the_same_records_however_the_bytes_are_cut) {
    EXPECT_TRUE(rc::check([] {
        const auto bytes = *rc::gen::container<std::string>(rc::gen::weightedElement<char>(
            {{6, 'a'}, {2, '\n'}, {2, '\r'}, {1, '\0'}, {1, '\x80'}}));
        const auto pieces =
            *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 9));
        const LineCut expected = cut_whole(bytes);
        RC_ASSERT(cut_in_pieces(bytes, pieces) == expected);
        RC_ASSERT(cut_in_pieces(bytes, std::vector<std::size_t>(bytes.size(), 1)) == expected);
        RC_ASSERT(expected.state.position == bytes.size());
        // Independent of the code above: split at \n, drop one \r, drop empties.
        Records plain;
        std::string text = bytes + "\n";
        for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos;
             at = end + 1) {
            std::string line = text.substr(at, end - at);
            if (!line.empty() && line.back() == '\r') line.pop_back();
            if (!line.empty()) plain.push_back(line);
        }
        RC_ASSERT(expected.records == plain);
    }));
}

TEST(LineFramer, gives_the_same_parts_however_a_long_record_is_cut) {
    for (std::size_t before = 0; before < 6; ++before) {
        for (const std::string tail : {"aaaaaaa", "aaaaa\r\n", "aa\n\r\r\na", "\r\r\r\r\r\r\n",
                                       "\x80\x80\x80\x80\x80\x80\n"}) {
            const std::string bytes = std::string(kRecordBytesMax - before, 'a') + tail;
            const LineCut expected = cut_whole(bytes);
            for (std::size_t back = 1; back < tail.size(); back += 2) {
                EXPECT_TRUE(cut_in_pieces(bytes, {bytes.size() - back, 1, 1, 1}) == expected);
            }
        }
    }
}

TEST(LineFramer, passes_a_line_of_a_gigabyte_in_bounded_memory) {
    const std::string block(1u << 20, 'z');
    LineFramer framer;
    Chunk chunk;
    std::uint64_t bytes = 0;
    std::size_t records = 0;
    for (int i = 0; i < 1'024; ++i) {
        std::string_view rest = block;
        while (!rest.empty()) {
            rest.remove_prefix(framer.feed(rest, chunk));
            if (rest.empty()) break;
            bytes += chunk.bytes.size();
            records += chunk.record_count();
            ASSERT_LE(chunk.bytes.size(), kChunkBytesMax);
            chunk.bytes.clear(), chunk.ends.clear(), chunk.flags.clear();
        }
    }
    while (!framer.finish(chunk)) {
        bytes += chunk.bytes.size();
        records += chunk.record_count();
        chunk.bytes.clear(), chunk.ends.clear(), chunk.flags.clear();
    }
    EXPECT_EQ(bytes + chunk.bytes.size(), std::uint64_t{1} << 30);
    EXPECT_EQ(records + chunk.record_count(), 1'024u);
}

}  // namespace
}  // namespace vedette::event
