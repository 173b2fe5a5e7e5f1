// SPDX-License-Identifier: Apache-2.0
#include "base/utf16.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <string>
#include <vector>

namespace vedette::base {
namespace {

std::string converted(const std::u16string& text) {
    std::string out(text.size() * kUtf8BytesPerUnitMax, '?');
    out.resize(
        utf16le_to_utf8(reinterpret_cast<const char*>(text.data()), text.size(), out.data()));
    return out;
}

TEST(Utf16, becomes_utf8_at_every_length_and_alignment_of_ascii_and_others) {
    EXPECT_EQ(converted(u""), "");
    EXPECT_EQ(converted(u"plain text of more than eight units"),
              "plain text of more than eight units");
    EXPECT_EQ(converted(u"1234567\u00e9"), "1234567\u00e9");
    EXPECT_EQ(converted(u"\u4e2d\u6587 and \U0001F600 at the end of a step \U0001F600"),
              "\u4e2d\u6587 and \U0001F600 at the end of a step \U0001F600");
}

TEST(Utf16, a_lone_half_of_a_pair_becomes_the_replacement_character) {
    EXPECT_EQ(converted(std::u16string(u"a") + char16_t(0xD83D)), "a\uFFFD");
    EXPECT_EQ(converted(std::u16string(1, char16_t(0xDE00)) + u"b"), "\uFFFDb");
    EXPECT_EQ(converted(std::u16string(1, char16_t(0xD83D)) + u"c"), "\uFFFDc");
}

TEST(Utf16, agrees_with_a_plain_conversion_of_any_text_without_surrogates) {
    rc::check([](const std::vector<std::uint16_t>& units) {
        std::u16string text;
        for (const std::uint16_t unit : units) {
            // Half of the units from ASCII, so that whole steps of it are met.
            const std::uint16_t wanted = unit % 2 == 0 ? unit / 2 % 128 : unit;
            if ((wanted & 0xF800) != 0xD800) text.push_back(static_cast<char16_t>(wanted));
        }
        std::string expected;
        for (const char16_t unit : text) {
            const auto code = static_cast<std::uint32_t>(unit);
            if (code < 0x80) {
                expected += static_cast<char>(code);
            } else if (code < 0x800) {
                expected += static_cast<char>(0xC0 | code >> 6);
                expected += static_cast<char>(0x80 | (code & 0x3F));
            } else {
                expected += static_cast<char>(0xE0 | code >> 12);
                expected += static_cast<char>(0x80 | (code >> 6 & 0x3F));
                expected += static_cast<char>(0x80 | (code & 0x3F));
            }
        }
        RC_ASSERT(converted(text) == expected);
    });
}

}  // namespace
}  // namespace vedette::base
