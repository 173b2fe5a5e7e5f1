// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/encode.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace vedette::rule::sigma {
namespace {

TEST(Base64, encodes_the_examples_of_the_standard) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

RC_GTEST_PROP(Base64Offsets, stand_in_every_encoded_text_that_holds_the_value, ()) {
    const auto before = *rc::gen::arbitrary<std::string>();
    const auto value = *rc::gen::suchThat(rc::gen::arbitrary<std::string>(),
                                          [](const std::string& text) { return text.size() >= 2; });
    const auto behind = *rc::gen::arbitrary<std::string>();
    const std::string encoded = base64(before + value + behind);
    const std::string certain = base64_offsets(value)[before.size() % 3];
    RC_ASSERT(!certain.empty());
    RC_ASSERT(encoded.find(certain) != std::string::npos);
}

RC_GTEST_PROP(Base64Offsets, cut_off_no_more_than_neighbours_can_change, ()) {
    const auto value = *rc::gen::suchThat(rc::gen::arbitrary<std::string>(),
                                          [](const std::string& text) { return text.size() >= 2; });
    // Every whole sextet of the value's own bits is certain: 8 bits a byte, at most 5 lost per
    // side.
    for (const std::string& certain : base64_offsets(value)) {
        RC_ASSERT(certain.size() * 6 + 10 >= value.size() * 8);
    }
}

TEST(Utf16, encodes_in_both_orders_and_beyond_the_first_plane) {
    EXPECT_EQ(utf16("cmd", Utf16::little), std::string("c\0m\0d\0", 6));
    EXPECT_EQ(utf16("cmd", Utf16::big), std::string("\0c\0m\0d", 6));
    EXPECT_EQ(utf16("c", Utf16::little_with_mark), std::string("\xFF\xFE\x63\0", 4));
    EXPECT_EQ(utf16("\U0001F600", Utf16::big), std::string("\xD8\x3D\xDE\0", 4));
}

TEST(Windash, gives_every_writing_of_a_flag) {
    const auto all = windash(" -enc", 1'000);
    ASSERT_EQ(all.size(), 5u);
    EXPECT_EQ(all[0], " -enc");
    for (const char* text : {" /enc", " \u2013enc", " \u2014enc", " \u2015enc"}) {
        EXPECT_NE(std::find(all.begin(), all.end(), text), all.end()) << text;
    }
}

TEST(Windash, leaves_dashes_within_words_and_before_blanks) {
    EXPECT_EQ(windash("set-item", 1'000).size(), 1u);
    EXPECT_EQ(windash("a - b", 1'000).size(), 1u);
    EXPECT_EQ(windash("-param-name", 1'000).size(), 5u);
    EXPECT_EQ(windash(" -a /b", 1'000).size(), 25u);
    EXPECT_EQ(windash("", 1'000).size(), 1u);
}

TEST(Windash, stops_just_past_the_bound) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += " -x";
    EXPECT_EQ(windash(text, 100).size(), 101u);
}

}  // namespace
}  // namespace vedette::rule::sigma
