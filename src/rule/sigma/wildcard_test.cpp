// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/wildcard.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "rule/sigma/fold.h"

namespace vedette::rule::sigma {
namespace {

using Token = Wildcard::Token;
using Kind = Wildcard::Token::Kind;

/// The meaning of a pattern, as short as it can be said: by recursion over single characters.
bool matches_naively(const std::vector<Token>& tokens, std::size_t token, std::string_view text) {
    if (token == tokens.size()) return text.empty();
    const Token& now = tokens[token];
    if (now.kind == Kind::literal) {
        return text.starts_with(now.text) &&
               matches_naively(tokens, token + 1, text.substr(now.text.size()));
    }
    if (now.kind == Kind::many && matches_naively(tokens, token + 1, text)) return true;
    if (text.empty()) return false;
    std::size_t size = 0;
    next_code_point(text, size);
    return matches_naively(tokens, now.kind == Kind::many ? token : token + 1, text.substr(size));
}

std::string small_text() {
    return *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab\xC3\xA9")));
}

RC_GTEST_PROP(Wildcard, matches_as_a_naive_recursion_does, ()) {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("*", "?", "a", "b", "ab", "\u00e9"));
    std::string written;
    for (const std::string& piece : pieces) written += piece;
    RC_PRE(written.size() < 12);
    const Wildcard pattern = Wildcard::parse(written);
    const std::string text = small_text().substr(0, 14);
    RC_ASSERT(pattern.matches(text) == matches_naively(pattern.tokens(), 0, text));
}

RC_GTEST_PROP(Wildcard, reads_its_own_writing, ()) {
    const std::string written =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("a*?\\")));
    const Wildcard pattern = Wildcard::parse(written);
    RC_ASSERT(Wildcard::parse(pattern.written()) == pattern);
}

TEST(Wildcard, reads_escapes_as_the_specification_lists_them) {
    EXPECT_EQ(Wildcard::parse(R"(a\b)"), Wildcard::literal(R"(a\b)"));
    EXPECT_EQ(Wildcard::parse(R"(a\\b)"), Wildcard::literal(R"(a\b)"));
    EXPECT_EQ(Wildcard::parse(R"(\*)"), Wildcard::literal("*"));
    EXPECT_EQ(Wildcard::parse(R"(\?)"), Wildcard::literal("?"));
    EXPECT_EQ(Wildcard::parse(R"(\\*)"), Wildcard({{Kind::literal, "\\"}, {Kind::many}}));
    EXPECT_EQ(Wildcard::parse(R"(\\\*)"), Wildcard::literal(R"(\*)"));
    EXPECT_EQ(Wildcard::parse(R"(\\\)"), Wildcard::literal(R"(\\)"));
    EXPECT_EQ(Wildcard::parse(R"(\\\\)"), Wildcard::literal(R"(\\)"));
    EXPECT_EQ(Wildcard::parse(R"(end\)"), Wildcard::literal(R"(end\)"));
}

TEST(Wildcard, takes_a_question_mark_as_one_character_and_not_one_byte) {
    EXPECT_TRUE(Wildcard::parse("a?c").matches("a\u00e9c"));
    EXPECT_FALSE(Wildcard::parse("a??c").matches("a\u00e9c"));
    EXPECT_FALSE(Wildcard::parse("a?c").matches("ac"));
}

TEST(Wildcard, takes_a_star_as_nothing_too) {
    EXPECT_TRUE(Wildcard::parse("*").matches(""));
    EXPECT_TRUE(Wildcard::parse("a*").matches("a"));
    EXPECT_TRUE(Wildcard::parse("**a**").matches("a"));
    EXPECT_FALSE(Wildcard::parse("").matches("a"));
    EXPECT_TRUE(Wildcard::parse("").matches(""));
}

TEST(Wildcard, answers_a_hostile_pattern_in_reasonable_steps) {
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "a*";
    EXPECT_FALSE(Wildcard::parse(pattern + "b").matches(std::string(20'000, 'a')));
}

TEST(Fold, lowers_every_script_and_keeps_damaged_bytes) {
    EXPECT_EQ(fold("C:\\WINDOWS"), "c:\\windows");
    EXPECT_EQ(fold("\u00c9\u00d6\u0416"), "\u00e9\u00f6\u0436");
    EXPECT_EQ(fold("A\xFF\xC3Z"), "a\xFF\xC3z");
}

RC_GTEST_PROP(Fold, of_a_part_is_the_part_of_the_fold, ()) {
    const auto left = *rc::gen::arbitrary<std::string>();
    const auto right = *rc::gen::container<std::string>(rc::gen::inRange('A', 'z'));
    RC_ASSERT(fold(right + left).starts_with(fold(right)));
    RC_ASSERT(fold(right + left) == fold(right) + fold(left));
}

TEST(Fold, cuts_text_at_a_character) {
    EXPECT_EQ(cut_text("abc", 3), "abc");
    EXPECT_EQ(cut_text("ab\u00e9", 3), "ab...");
}

}  // namespace
}  // namespace vedette::rule::sigma
