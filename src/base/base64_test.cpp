// SPDX-License-Identifier: Apache-2.0
#include "base/base64.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace vedette::base {
namespace {

std::string encoded(std::string_view bytes) {
    std::string out;
    append_base64(out, bytes);
    return out;
}

TEST(Base64, is_what_the_standard_shows) {
    EXPECT_EQ(encoded(""), "");
    EXPECT_EQ(encoded("f"), "Zg==");
    EXPECT_EQ(encoded("fo"), "Zm8=");
    EXPECT_EQ(encoded("foo"), "Zm9v");
    EXPECT_EQ(encoded("foob"), "Zm9vYg==");
    EXPECT_EQ(base64_decoded("Zm9vYg"), "foob");
    EXPECT_EQ(base64_decoded("-_8="), "\xfb\xff");
    EXPECT_EQ(base64_decoded("Zm9v!"), std::nullopt);
    EXPECT_EQ(base64_decoded("Z=9v"), std::nullopt);
}

TEST(Base64, comes_back) {
    rc::check([](const std::string& bytes) { RC_ASSERT(base64_decoded(encoded(bytes)) == bytes); });
}

}  // namespace
}  // namespace vedette::base
