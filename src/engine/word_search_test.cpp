// SPDX-License-Identifier: Apache-2.0
#include "engine/word_search.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/forgotten_rows.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine {
namespace {

bool never() { return false; }

TEST(WordSearch, knows_a_word_from_a_part_of_one) {
    for (const char* text :
         {"alice", "for Alice.", "ACME\\ALICE", "alice@corp", "alice-x", "\"alice\""}) {
        EXPECT_TRUE(contains_word(text, "alice")) << text;
    }
    for (const char* text : {"malice", "alice2", "alice_b", "_alice", "alic", ""}) {
        EXPECT_FALSE(contains_word(text, "alice")) << text;
    }
    EXPECT_TRUE(contains_word("malice and alice", "alice")) << "it looks on";
    EXPECT_TRUE(contains_word(std::string_view("A\0l\0i\0c\0e\0", 10), "alice")) << "UTF-16";
    const std::string name(97, 'x');
    EXPECT_TRUE(contains_word("a" + name, name)) << "its length before it, as binary files have it";
    EXPECT_FALSE(contains_word("b" + name, name));
}

TEST(WordSearch, looks_through_all_files_over_the_borders_of_blocks) {
    const tests::TemporaryFolder folder;
    std::filesystem::create_directories(folder / "a/b");
    std::ofstream(folder / "a/small") << "nothing";
    std::ofstream(folder / "a/b/large") << std::string((4u << 20) - 3, ' ') << "zebrawomble ";
    std::ofstream(folder / "named") << "Zebrawomble";
    const auto found = files_with_word(folder.path(), "zebrawomble", never);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(*found, (std::vector<std::string>{"a/b/large", "named"}));
    EXPECT_FALSE(files_with_word(folder.path(), "x", [] { return true; }).has_value());
}

TEST(ForgottenRowsFile, comes_back_whole_or_not_at_all) {
    const ForgottenRows rows{{{1, 2}, {7, 0}}, {9}};
    const std::string bytes = encode(rows);
    const auto again = decode_forgotten_rows(bytes);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->rows, rows.rows);
    EXPECT_EQ(again->unreadable, rows.unreadable);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_forgotten_rows(std::string_view(bytes).substr(0, size)).has_value());
    }
    std::string changed = bytes;
    changed[14] = static_cast<char>(changed[14] ^ 1);
    EXPECT_FALSE(decode_forgotten_rows(changed).has_value());
}

}  // namespace
}  // namespace vedette::engine
