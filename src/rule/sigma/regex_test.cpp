// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/regex.h"

#include <gtest/gtest.h>

namespace vedette::rule::sigma {
namespace {

bool matches(std::string_view expression, std::string_view text, Regex::Flags flags = {}) {
    const auto regex = Regex::make(expression, flags);
    EXPECT_TRUE(regex) << expression;
    return regex && (*regex)->matches(text);
}

TEST(Regex, searches_anywhere_and_with_case) {
    EXPECT_TRUE(matches("b+c", "aBabbc"));
    EXPECT_FALSE(matches("B+C", "abbc"));
    EXPECT_TRUE(matches("B+C", "abbc", {.ignores_case = true}));
    EXPECT_TRUE(matches("(?i)\u00c9t\u00e9", "\u00e9T\u00c9"));
    EXPECT_TRUE(matches("", ""));
}

TEST(Regex, takes_lines_and_dots_as_its_flags_say) {
    EXPECT_FALSE(matches("^b$", "a\nb\nc"));
    EXPECT_TRUE(matches("^b$", "a\nb\nc", {.is_multi_line = true}));
    EXPECT_FALSE(matches("a.b", "a\nb"));
    EXPECT_TRUE(matches("a.b", "a\nb", {.dot_matches_all = true}));
}

TEST(Regex, means_what_pcre_means_where_the_engines_differ) {
    EXPECT_TRUE(matches("b$", "ab\n")) << "a dollar also stands before a last line feed";
    EXPECT_FALSE(matches("b$", "ab\n\n"));
    EXPECT_TRUE(matches("a\\sb", "a\vb")) << "the vertical tab is a blank";
    EXPECT_TRUE(matches("b$", "ab"));
}

TEST(Regex, runs_what_needs_backtracking) {
    const auto ahead = Regex::make("^(?!.*safe).*evil", {});
    ASSERT_TRUE(ahead);
    EXPECT_TRUE((*ahead)->needs_backtracking());
    EXPECT_TRUE((*ahead)->matches("so evil"));
    EXPECT_FALSE((*ahead)->matches("evil but safe"));
    EXPECT_TRUE(matches("(\\w)\\1", "hello"));
    EXPECT_TRUE(matches("(?<=pass=)\\w+", "pass=x"));
    EXPECT_TRUE(matches("x{2000}", std::string(2'000, 'x')));
    EXPECT_FALSE((*Regex::make("a+b", {}))->needs_backtracking());
}

TEST(Regex, gives_up_on_a_value_made_to_explode_and_says_so) {
    const auto hostile = Regex::make("(?=a)(a+)+$", {});
    ASSERT_TRUE(hostile);
    EXPECT_FALSE((*hostile)->matches(std::string(5'000, 'a') + "b"));
    EXPECT_EQ((*hostile)->gave_up_count(), 1u);
}

TEST(Regex, refuses_what_is_wrong_or_too_long_with_words) {
    const auto open = Regex::make("a(b", {});
    ASSERT_FALSE(open);
    EXPECT_EQ(open.error().message(),
              "the regular expression is wrong at character 4: missing closing parenthesis");
    EXPECT_EQ(Regex::make(std::string(10'000, 'a'), {}).error().code, base::ErrorCode::limit);
    EXPECT_FALSE(Regex::make("a)|(b", {}));
    EXPECT_FALSE(Regex::make("\\C", {}));
}

TEST(Regex, reads_damaged_text_without_harm) {
    EXPECT_TRUE(matches("b",
                        "\xFF\xC3"
                        "b\xE2\x82"));
    EXPECT_TRUE(matches("(?=b)b",
                        "\xFF\xC3"
                        "b\xE2\x82"));
}

}  // namespace
}  // namespace vedette::rule::sigma
