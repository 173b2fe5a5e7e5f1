// SPDX-License-Identifier: Apache-2.0
#include "parse/text_scan.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace vedette::parse {
namespace {

bool system_says_address(const std::string& text) {
    in6_addr address;
    return inet_pton(AF_INET, text.c_str(), &address) == 1 ||
           inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

RC_GTEST_PROP(IpAddress, is_what_the_system_takes_for_one, ()) {
    const auto part = rc::gen::element<std::string>("0", "1", "25", "255", "256", "192", ".", ".",
                                                    ".", ":", "::", ":", "a", "ffff", "g", "");
    std::string text;
    for (const std::string& each : *rc::gen::container<std::vector<std::string>>(part)) {
        text += each;
    }
    RC_ASSERT(is_ip_address(text) == system_says_address(text));
}

TEST(IpAddress, reads_the_usual_ones_and_no_others) {
    for (const char* good : {"192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "::1", "fe80::1%eth0",
                             "2001:db8::7", "::ffff:192.0.2.1"}) {
        EXPECT_TRUE(is_ip_address(good)) << good;
    }
    for (const char* bad : {"", "1", "192.0.2", "192.0.2.1.", "192.0.2.256", "192.0.2.1:22",
                            "1::2::3", "host", "UNKNOWN", "[::1]"}) {
        EXPECT_FALSE(is_ip_address(bad)) << bad;
    }
    EXPECT_FALSE(is_ip_address(std::string(100'000, ':')));
}

TEST(TextScanner, eats_words_from_both_ends) {
    TextScanner scanner("one two  three");
    EXPECT_EQ(scanner.word(), "one");
    EXPECT_EQ(scanner.last_word(), "three");
    EXPECT_EQ(scanner.rest(), "two ");
    EXPECT_EQ(scanner.word(), "two");
    EXPECT_TRUE(scanner.is_at_end());
    EXPECT_EQ(scanner.word(), "");
    EXPECT_EQ(scanner.last_word(), "");
}

TEST(TextScanner, eats_nothing_when_what_it_looks_for_is_not_there) {
    TextScanner scanner("a from b from c");
    EXPECT_FALSE(scanner.skip("b"));
    EXPECT_FALSE(scanner.skip_end("b"));
    EXPECT_EQ(scanner.until(" to "), std::nullopt);
    EXPECT_EQ(scanner.until_last(" to "), std::nullopt);
    EXPECT_EQ(scanner.rest(), "a from b from c");
    EXPECT_EQ(scanner.until_last(" from "), "a from b");
    EXPECT_EQ(scanner.rest(), "c");
}

TEST(Number, is_digits_alone_and_fits) {
    EXPECT_EQ(to_number("0"), 0u);
    EXPECT_EQ(to_number("4294967295"), 4'294'967'295u);
    for (const char* bad : {"", "-1", "+1", " 1", "1 ", "4294967296", "0x1"}) {
        EXPECT_EQ(to_number(bad), std::nullopt) << bad;
    }
}

}  // namespace
}  // namespace vedette::parse
