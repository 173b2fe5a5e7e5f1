// SPDX-License-Identifier: Apache-2.0
#include "engine/masking/pseudonym.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace vedette::engine::masking {
namespace {

const std::string kKey(32, 'k');

std::string hashed(std::string_view value, const std::string& key = kKey) {
    return masked(value, Method::hash, key);
}

TEST(PseudonymTest, of_a_value_is_always_the_same_and_only_with_its_key) {
    EXPECT_EQ(hashed("ada"), hashed("ada"));
    EXPECT_EQ(hashed("ada"), hashed("ADA"));
    EXPECT_NE(hashed("ada"), hashed("ada2"));
    EXPECT_NE(hashed("ada"), hashed("ada", std::string(32, 'x')));
    EXPECT_EQ(17u, hashed("ada").size());
}

TEST(PseudonymTest, has_the_kind_of_its_value) {
    EXPECT_TRUE(hashed("198.51.100.9").starts_with("24") ||
                hashed("198.51.100.9").starts_with("25"));
    EXPECT_TRUE(hashed("2001:db8::7").starts_with("fd76:6564:"));
    EXPECT_EQ(15u, hashed("4711").size());
    EXPECT_EQ(std::string::npos, hashed("4711").find_first_not_of("0123456789"));
    rc::check([](const std::string& value) {
        RC_PRE(!value.empty());
        const std::string mask = hashed(value);
        RC_ASSERT(mask.find_first_not_of("0123456789abcdefp.:") == std::string::npos);
    });
}

TEST(PseudonymTest, that_is_masked_again_stays_as_it_is) {
    for (const char* value : {"ada", "198.51.100.9", "2001:db8::7", "ada@example.com"}) {
        for (const Method method : {Method::hash, Method::redact, Method::partial}) {
            const std::string once = masked(value, method, kKey);
            EXPECT_EQ(once, masked(once, method, kKey)) << value;
        }
    }
}

TEST(PseudonymTest, keeps_the_domain_or_the_network_where_that_is_wanted) {
    const auto partial = [](std::string_view value) {
        return masked(value, Method::partial, kKey);
    };
    EXPECT_EQ("x@example.com", partial("ada.lovelace@example.com"));
    EXPECT_EQ("198.51.100.0", partial("198.51.100.9"));
    EXPECT_EQ("2001:db8:1::", partial("2001:db8:1:2::7"));
    EXPECT_EQ("axx", partial("ada"));
    EXPECT_EQ("xxx", partial("ad"));
    EXPECT_EQ("0", partial("4711"));
}

TEST(PseudonymTest, that_is_redacted_tells_nothing) {
    const auto redacted = [](std::string_view value) {
        return masked(value, Method::redact, kKey);
    };
    EXPECT_EQ("redacted", redacted("ada"));
    EXPECT_EQ("0.0.0.0", redacted("198.51.100.9"));
    EXPECT_EQ("::", redacted("2001:db8::7"));
    EXPECT_EQ("0", redacted("4711"));
}

}  // namespace
}  // namespace vedette::engine::masking
