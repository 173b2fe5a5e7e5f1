// SPDX-License-Identifier: Apache-2.0
#include "learn/templates/masked_line.h"

#include <gtest/gtest.h>

namespace vedette::learn {
namespace {

std::string masked(std::string_view line) {
    MaskedLine masked;
    masked.set(line);
    std::string out;
    for (std::size_t i = 0; i < masked.word_count(); ++i) {
        out += (i > 0 ? " " : "") + std::string(masked.word(i));
    }
    return out;
}

TEST(MaskedLine, WhatVariesByItsLookIsMasked) {
    EXPECT_EQ(masked("Failed password for root from 10.0.0.7 port 4242 ssh2"),
              "Failed password for root from * port *");
    EXPECT_EQ(masked("state = deadbeef, at /var/run/x"), "state = *, at *");
    EXPECT_EQ(masked("C:\\Windows\\a.dll missing"), "C:* missing");
    EXPECT_EQ(masked("uid=0 euid=0 tty=ssh"), "uid=* euid=* tty=ssh");
    EXPECT_EQ(masked("at 10:20:30.5 and 2026-11-28T10:20:30Z"), "at * and *");
}

TEST(MaskedLine, AQuantityIsOneWordWhateverItsUnit) {
    EXPECT_EQ(masked("size 9.6 KB, free 418 MB)"), "size *, free *)");
    EXPECT_EQ(masked("size 9 B, free 4 GB)"), masked("size 9.6 KB, free 418 MB)"));
    EXPECT_EQ(masked("lasted <1 sec"), "lasted *");
    EXPECT_EQ(masked("9 Bits"), "* Bits");
}

TEST(MaskedLine, ADateIsOneWord) {
    EXPECT_EQ(masked("since Thu Aug 11 19:49:55 PDT 2005 down"), "since * down");
    EXPECT_EQ(masked("since Mon, 3 May"), "since Mon, * May");
    EXPECT_EQ(masked("May I"), "May I");
}

TEST(MaskedLine, AListOfAnyLengthIsOneMask) {
    EXPECT_EQ(masked("channels 1 2 3"), "channels *");
    EXPECT_EQ(masked("channels 1, 2, 3, 4"), "channels *");
}

TEST(MaskedLine, BlanksInQuotesAndStructuresDoNotCut) {
    EXPECT_EQ(masked("file \"a b.txt\" lost"), "file \"a_b.txt\" lost");
    EXPECT_EQ(masked("ws=Source{1 com.x} end"), "ws=Source{*} end");
    EXPECT_EQ(masked("a \"b c"), "a \"b c") << "a quote without its partner is a sign like others";
}

TEST(MaskedLine, DotsBehindAWordEndIt) {
    EXPECT_EQ(masked("illegal instruction......0"), "illegal instruction...... *");
}

TEST(MaskedLine, HashesAreEqualExactlyWhenTheWordsAre) {
    MaskedLine a, b;
    a.set("x 1 y");
    b.set("x 22222 y");
    EXPECT_EQ(a.hash(), b.hash());
    b.set("x 1y");
    EXPECT_NE(a.hash(), b.hash());
    a.set("ab c");
    b.set("a bc");
    EXPECT_NE(a.hash(), b.hash());
}

TEST(MaskedLine, IsBounded) {
    std::string line;
    for (int i = 0; i < 3'000; ++i) line += "a" + std::string(i % 7, 'b') + " ";
    MaskedLine words;
    words.set(line);
    EXPECT_EQ(words.word_count(), MaskedLine::kWordsMax);
    EXPECT_EQ(words.word(MaskedLine::kWordsMax - 1), "*");
    words.set(std::string(100'000, 'x'));
    ASSERT_EQ(words.word_count(), 1u);
    EXPECT_EQ(words.word(0).size(), MaskedLine::kWordBytesMax);
    words.set("");
    EXPECT_EQ(words.word_count(), 0u);
}

TEST(WordTraits, AKeyNamesTheValueBehindIt) {
    EXPECT_EQ(traits_of("user=root").key_bytes, 5u);
    EXPECT_EQ(traits_of("(uid=*)").key_bytes, 5u);
    EXPECT_EQ(traits_of("user=").key_bytes, 0u) << "no value";
    EXPECT_EQ(traits_of("word").key_bytes, 0u);
    EXPECT_TRUE(traits_of("user=root").is_value_letters);
    EXPECT_TRUE(traits_of("done.").is_word);
    EXPECT_FALSE(traits_of("a.b").is_name);
    EXPECT_TRUE(traits_of("[*]:").is_masked);
    EXPECT_TRUE(traits_of("user").announces_name);
}

}  // namespace
}  // namespace vedette::learn
