// SPDX-License-Identifier: Apache-2.0
#include "rule/yara/source_text.h"

#include <gtest/gtest.h>

namespace vedette::rule::yara {
namespace {

std::vector<std::string> names_of(std::string_view text) {
    std::vector<std::string> out;
    for (const Piece& piece : pieces_of(text)) out.push_back(piece.name);
    return out;
}

TEST(SourceText, IsCutIntoRulesAndDirectives) {
    const auto pieces = pieces_of(
        "import \"pe\"\n// rule no { }\n/* rule nor { } */ include \"x.yar\"\n"
        "private global rule a : t1 t2 {\n condition: true }\nrule b{condition:false}");
    ASSERT_EQ(pieces.size(), 4u);
    EXPECT_EQ(pieces[0].kind, Piece::Kind::import);
    EXPECT_EQ(pieces[1].kind, Piece::Kind::include);
    EXPECT_EQ(pieces[1].name, "x.yar");
    EXPECT_EQ(pieces[2].name, "a");
    EXPECT_EQ(pieces[2].line, 4u);
    EXPECT_EQ(pieces[2].column, 21u);
    EXPECT_EQ(pieces[2].line_end, 5u);
    EXPECT_EQ(pieces[3].line, 6u);
}

TEST(SourceText, BracesInTextsExpressionsRemarksAndHexAreNoEnd) {
    EXPECT_EQ(
        names_of(
            "rule a { strings: $a = \"}\" $b = \"\\\"}\" $c = /}\\/}/ $d = { 7D [1-2] 7D } // }\n"
            " /* } */ condition: $a and $b and $c and $d }\nrule b { condition: true }"),
        (std::vector<std::string>{"a", "b"}));
}

TEST(SourceText, CountsDeclaredStringsAndNotTheirUse) {
    const auto pieces = pieces_of(
        "rule a { strings: $a = \"x\" $b=\"y\" $ = { 00 } condition: #a == 2 and $b and for any of "
        "them : ( $ at 0 ) }");
    ASSERT_EQ(pieces.size(), 1u);
    EXPECT_EQ(pieces[0].strings, 3u);
}

TEST(SourceText, ARuleThatDoesNotEndIsNotWhole) {
    const auto pieces = pieces_of("rule a { condition: true }\nrule b { condition: true");
    ASSERT_EQ(pieces.size(), 2u);
    EXPECT_TRUE(pieces[0].is_whole);
    EXPECT_FALSE(pieces[1].is_whole);
}

TEST(SourceText, BlankingKeepsLines) {
    std::string text = "ab\ncd\nef";
    blank(text, 1, 7);
    EXPECT_EQ(text, "a \n  \n f");
}

TEST(SourceText, AColumnIsThatOfTheWholeWord) {
    EXPECT_EQ(column_of("x\n  abc ab\n", 2, "ab"), 7u);
    EXPECT_EQ(column_of("x\n  abc\n", 2, "none"), 3u);
    EXPECT_EQ(column_of("x", 9, "x"), 1u);
}

}  // namespace
}  // namespace vedette::rule::yara
