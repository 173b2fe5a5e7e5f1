// SPDX-License-Identifier: Apache-2.0
#include "report/text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>

#include "base/json_text.h"

namespace vedette::report {
namespace {

TEST(Text, what_moves_or_hides_is_shown_by_its_number) {
    EXPECT_EQ(plain("a\x1B[31mb"), "a\\x1b[31mb");
    EXPECT_EQ(plain(std::string("a\0b", 3)), "a\\x00b");
    EXPECT_EQ(plain("a\n\r\tb"), "a\\n\\r\\tb");
    EXPECT_EQ(plain("\x7F"), "\\x7f");
    EXPECT_EQ(plain("\xC2\x9B"), "\\u009b");           // C1: CSI in one byte
    EXPECT_EQ(plain("\xE2\x80\xAE"), "\\u202e");       // right-to-left override
    EXPECT_EQ(plain("\xE2\x81\xA6"), "\\u2066");       // isolate
    EXPECT_EQ(plain("\xE2\x80\x8B"), "\\u200b");       // zero width
    EXPECT_EQ(plain("\xF3\xA0\x81\x81"), "\\ue0041");  // tag characters
    EXPECT_EQ(plain("\xFF\xC3("), "\\xff\\xc3(");
    EXPECT_EQ(plain("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // a surrogate is no UTF-8
}

TEST(Text, honest_text_of_every_language_stays) {
    for (const char* text :
         {"b\xC3\xA9la", "\xD0\x96\xD0\xB5\xD0\xBD\xD1\x8F", "\xE4\xB8\xBB\xE6\x9C\xBA",
          "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D", "e\xCC\x81", "\xF0\x9F\x94\x91"}) {
        EXPECT_EQ(plain(text), text);
    }
}

TEST(Text, columns_are_those_of_a_terminal) {
    EXPECT_EQ(columns_of("abc"), 3u);
    EXPECT_EQ(columns_of("\xE4\xB8\xBB\xE6\x9C\xBA"), 4u);
    EXPECT_EQ(columns_of("e\xCC\x81"), 1u);
    EXPECT_EQ(columns_of("\xF0\x9F\x94\x91"), 2u);
}

TEST(Text, a_pile_of_combining_marks_does_not_draw_over_its_neighbours) {
    std::string pile = "a";
    for (int i = 0; i < 100; ++i) pile += "\xCC\x81";
    EXPECT_EQ(plain(pile).find("\\u0301"), 1u + 3 * 2);
    EXPECT_LE(columns_of(fit(pile, 20)), 20u);
}

TEST(Text, fitting_cuts_with_an_ellipsis_between_characters) {
    EXPECT_EQ(fit("abcdef", 6), "abcdef");
    EXPECT_EQ(fit("abcdefg", 6), "abcde\xE2\x80\xA6");
    EXPECT_EQ(fit("\xE4\xB8\xBB\xE6\x9C\xBA\xE4\xB8\xBB", 4), "\xE4\xB8\xBB\xE2\x80\xA6");
    EXPECT_EQ(fit("abc", 0), "");
    EXPECT_EQ(pad("\xE4\xB8\xBB", 4), "\xE4\xB8\xBB  ");
}

TEST(Text, wrapping_breaks_at_blanks_and_says_when_it_left_something_out) {
    using Lines = std::vector<std::string>;
    EXPECT_EQ(wrap("one two three", 7, 3), (Lines{"one two", "three"}));
    EXPECT_EQ(wrap("abcdefghij", 4, 3), (Lines{"abcd", "efgh", "ij"}));
    EXPECT_EQ(wrap("abcdefghij", 4, 2), (Lines{"abcd", "efg\xE2\x80\xA6"}));
    EXPECT_EQ(wrap("", 4, 2), (Lines{}));
    EXPECT_EQ(wrap("\xE4\xB8\xBB", 1, 2), (Lines{}));
}

TEST(Text, whatever_the_bytes_the_result_is_safe_and_fits) {
    EXPECT_TRUE(rc::check([](const std::string& text, std::uint8_t columns) {
        const std::string safe = plain(text);
        std::string_view rest = safe;
        while (!rest.empty()) RC_ASSERT(take_glyph(rest).is_shown);
        RC_ASSERT(plain(safe) == safe);
        RC_ASSERT(columns_of(fit(text, columns)) <= columns);
        for (const std::string& line : wrap(text, columns, 3)) {
            RC_ASSERT(columns_of(line) <= columns);
        }
    }));
}

TEST(Text, html_escapes_what_html_means_something_by) {
    std::string out;
    append_html(out, "<a href=\"x\" b='y'>&\x1B\xFF");
    EXPECT_EQ(out, "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;<i>\\x1b</i><i>\\xff</i>");
    out.clear();
    append_attribute(out, "\"<\x1B");
    EXPECT_EQ(out, "&quot;&lt;\\x1b");
}

TEST(Text, bytes_are_cut_between_characters) {
    EXPECT_EQ(cut_bytes("ab\xC3\xA9", 3), "ab");
    EXPECT_EQ(cut_bytes("ab\xC3\xA9", 4), "ab\xC3\xA9");
    EXPECT_EQ(cut_bytes("\xF0\x9F\x94\x91", 3), "");
    EXPECT_EQ(cut_bytes(std::string(9, '\x80'), 8).size(), 5u);
}

}  // namespace
}  // namespace vedette::report
