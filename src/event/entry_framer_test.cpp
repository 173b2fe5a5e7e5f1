// SPDX-License-Identifier: Apache-2.0
#include "event/entry_framer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/batch.h"
#include "event/limits.h"
#include "tests/support/cut_in_pieces.h"

namespace vedette::event {
namespace {

using Records = std::vector<std::string>;

/// A field as systemd writes it where its value is not one line of text.
std::string sized(const std::string& name, const std::string& value, std::uint64_t size) {
    std::string out = name + "\n";
    for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(size >> (8 * i)));
    return out + value + "\n";
}
std::string sized(const std::string& name, const std::string& value) {
    return sized(name, value, value.size());
}

Records cut_entries(const std::string& bytes, std::size_t piece_bytes,
                    std::vector<std::uint16_t>* flags = nullptr) {
    Framing framing;
    framing.kind = Framing::Kind::entries;
    return tests::cut_in_pieces(framing, bytes, piece_bytes, flags);
}

TEST(EntryFramer, gives_out_entries_between_empty_lines) {
    const std::string bytes = "\n\nA=1\nB=2\n\nC=3\n\n\nD=4";
    for (const std::size_t piece_bytes : {std::size_t{1}, std::size_t{3}, bytes.size()}) {
        EXPECT_EQ(cut_entries(bytes, piece_bytes), (Records{"A=1\nB=2", "C=3", "D=4"}));
    }
}

TEST(EntryFramer, an_empty_line_within_a_sized_value_ends_nothing) {
    const std::string value = "first\n\nA=of the value\n\n";
    const std::string entry = "A=1\n" + sized("MESSAGE", value) + "B=2";
    // The size of ten bytes is itself a line end.
    const std::string ten = sized("TEN", "0123\n\n6789");
    for (const std::size_t piece_bytes : {std::size_t{1}, std::size_t{5}, std::size_t{1000}}) {
        EXPECT_EQ(cut_entries(entry + "\n\n" + ten + "\nC=3\n\n", piece_bytes),
                  (Records{entry, ten.substr(0, ten.size() - 1), "C=3"}));
    }
}

TEST(EntryFramer, a_lying_size_hides_nothing_that_follows) {
    for (const std::uint64_t size : {std::uint64_t{5'000}, std::uint64_t{1} << 32,
                                     ~std::uint64_t{0}, std::uint64_t{kRecordBytesMax}}) {
        const Records records =
            cut_entries("A=1\n" + sized("B", "short", size) + "\nC=3\n\nD=4\n\n", 7);
        ASSERT_GE(records.size(), 2u) << size;
        EXPECT_EQ(records[records.size() - 2], "C=3");
        EXPECT_EQ(records.back(), "D=4");
    }
    const Records records = cut_entries(sized("B", "longer than it says", 3) + "\nC=3\n\n", 7);
    EXPECT_EQ(records.back(), "C=3");
}

TEST(EntryFramer, an_entry_longer_than_a_record_becomes_parts_that_say_so) {
    std::vector<std::uint16_t> flags;
    std::string big;
    while (big.size() <= 2 * kRecordBytesMax) big += "FIELD=" + std::string(1'000, 'a') + "\n";
    const Records records = cut_entries(big + "\nA=1\n\n", 60'000, &flags);
    ASSERT_EQ(records.size(), 4u);
    EXPECT_EQ(records[0] + records[1] + records[2] + "\n", big);
    EXPECT_EQ(records[3], "A=1");
    EXPECT_EQ(flags, (std::vector<std::uint16_t>{kRowPartOfLonger, kRowPartOfLonger,
                                                 kRowPartOfLonger, 0}));
}

TEST(EntryFramer, a_value_as_large_as_a_record_may_be_is_one) {
    const std::string value(kRecordBytesMax - 2 - 8 - 1, '\n');
    const std::string entry = sized("B", value);
    ASSERT_EQ(entry.size(), kRecordBytesMax);
    EXPECT_EQ(cut_entries(entry + "\nA=1\n\n", 50'000),
              (Records{entry.substr(0, entry.size() - 1), "A=1"}));
}

TEST(EntryFramer, more_entries_than_a_chunk_holds_lose_nothing) {
    std::string bytes;
    for (std::size_t i = 0; i < kChunkRecordsMax + 3; ++i) bytes += "A=1\n\n";
    EXPECT_EQ(cut_entries(bytes, bytes.size()).size(), kChunkRecordsMax + 3);
    EXPECT_EQ(cut_entries(bytes, 17).size(), kChunkRecordsMax + 3);
}

TEST(EntryFramer, pieces_do_not_matter) {
    rc::check([](const std::vector<std::uint8_t>& choice) {
        const std::string parts[] = {
            "A=1\n", "\n",   sized("B", "x\n\ny"), "B\n", sized("C", "", 9),
            "=",     "text", std::string(8, '\0'), "\n\n"};
        std::string bytes;
        for (const std::uint8_t byte : choice) bytes += parts[byte % std::size(parts)];
        const std::size_t piece_bytes = *rc::gen::inRange<std::size_t>(1, 50);
        RC_ASSERT(cut_entries(bytes, piece_bytes) == cut_entries(bytes, bytes.size() + 1));
    });
}

TEST(EntryFramer, goes_on_where_it_stood_after_any_whole_entry) {
    const std::string first = "A=1\n" + sized("B", "x\n\ny") + "\n";
    const std::string second = "\n" + sized("C", "z\n\n") + "D=4\n\n";
    Framing framing;
    framing.kind = Framing::Kind::entries;
    const auto before = make_framer(framing);
    Chunk chunk;
    before->feed(first + "C", chunk);
    ASSERT_EQ(before->state().position, first.size());
    const auto after = make_framer(framing, before->state());
    Chunk rest;
    after->feed(second, rest);
    ASSERT_EQ(rest.record_count(), 1u);
    EXPECT_EQ(rest.record(0), sized("C", "z\n\n") + "D=4");
    EXPECT_EQ(rest.envelope.first_line, 1u);
}

}  // namespace
}  // namespace vedette::event
