// SPDX-License-Identifier: Apache-2.0
#include "base/json_scan.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/json_text.h"

namespace vedette::base {
namespace {

bool is_json(std::string_view text) {
    JsonScan scan(text);
    std::string_view written;
    return scan.value(written) && scan.is_at_end();
}

TEST(JsonScan, takes_what_is_json) {
    for (const std::string_view text :
         {"{}", "[]", " [ ] ", "null", "-0", "0.5e+10", "1E5", "\"\"", R"("\u00e9\n\\\"/")",
          R"({"a":[1,{"b":null}],"a":true})", "\"a long string of more than sixteen bytes\""}) {
        EXPECT_TRUE(is_json(text)) << text;
    }
}

TEST(JsonScan, refuses_what_is_not) {
    for (const std::string_view text : {"",
                                        "{",
                                        "{]",
                                        "[}",
                                        "[1,]",
                                        "{,}",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{a:1}",
                                        "{\"a\":1,}",
                                        "01",
                                        "1.",
                                        "-",
                                        "1e",
                                        ".5",
                                        "nul",
                                        "\"",
                                        "\"\\",
                                        "\"\\x\"",
                                        "\"\\u12\"",
                                        "\"\\u12g4\"",
                                        "\"a\nb\"",
                                        "\"a line end behind sixteen\n\"",
                                        "1 2",
                                        "{} x"}) {
        EXPECT_FALSE(is_json(text)) << text;
    }
    EXPECT_FALSE(is_json(std::string_view("\"a\0b\"", 5)));
}

TEST(JsonScan, goes_no_deeper_than_its_limit) {
    const auto nested = [](int depth) {
        return std::string(static_cast<std::size_t>(depth), '[') +
               std::string(static_cast<std::size_t>(depth), ']');
    };
    EXPECT_TRUE(is_json(nested(kJsonDepthMax)));
    EXPECT_FALSE(is_json(nested(kJsonDepthMax + 1)));
    EXPECT_FALSE(is_json(std::string(1'000'000, '[')));
}

TEST(JsonScan, hands_out_members_as_they_were_written) {
    JsonScan scan(R"( {"a" : {"x":[1, 2]} , "b":"\u0041"} {"next":1})");
    std::vector<std::string> seen;
    EXPECT_TRUE(scan.object([&](std::string_view key) {
        std::string_view written;
        const bool is_good = scan.value(written);
        seen.push_back(std::string(key) + "=" + std::string(written));
        return is_good;
    }));
    EXPECT_EQ(seen, (std::vector<std::string>{R"(a={"x":[1, 2]})", R"(b="\u0041")"}));
    EXPECT_EQ(scan.peek(), '{') << "the next document of the stream";
    EXPECT_FALSE(scan.is_at_end());
}

TEST(JsonScan, text_comes_back_from_what_we_write) {
    for (const std::string& text : std::vector<std::string>{
             "", "plain", "\"\\/\b\f\n\r\t", std::string("\0\x01\x1f", 3), "\u00e9\u20ac\U0001F600",
             std::string(100, 'x') + "\n" + std::string(100, '"')}) {
        std::string written;
        append_json_string(written, text);
        JsonScan scan(written);
        std::string_view inside;
        ASSERT_TRUE(scan.string(inside)) << written;
        std::string back;
        EXPECT_TRUE(append_json_unescaped(back, inside));
        EXPECT_EQ(back, text);
    }
}

TEST(JsonScan, halves_of_pairs_become_the_replacement_character) {
    const auto unescaped = [](std::string_view written) {
        std::string out;
        EXPECT_TRUE(append_json_unescaped(out, written));
        return out;
    };
    EXPECT_EQ(unescaped(R"(\ud83d\ude00)"), "\U0001F600");
    EXPECT_EQ(unescaped(R"(\ud83dx)"), "\uFFFDx");
    EXPECT_EQ(unescaped(R"(\ude00)"), "\uFFFD");
    EXPECT_EQ(unescaped(R"(\ud83d\u0041)"), "\uFFFDA");
    std::string out;
    EXPECT_FALSE(append_json_unescaped(out, R"(a\q)"));
    EXPECT_FALSE(append_json_unescaped(out, R"(a\)"));
}

}  // namespace
}  // namespace vedette::base
