// SPDX-License-Identifier: Apache-2.0
#include "learn/fixed_angles.h"

#include <gtest/gtest.h>

#include <cmath>

#include "learn/random.h"

namespace vedette::learn {
namespace {

TEST(FixedAngles, are_those_of_the_c_library) {
    Random random(1);
    for (int i = 0; i < 200'000; ++i) {
        const double angle = (random.unit() - 0.5) * (i % 2 == 0 ? 13 : 2'000);
        EXPECT_NEAR(std::sin(angle), fixed_sin(angle), 1e-14);
        EXPECT_NEAR(std::cos(angle), fixed_cos(angle), 1e-14);
        const double part = 2 * random.unit() - 1;
        EXPECT_NEAR(std::asin(part), fixed_asin(part), 1e-14);
    }
}

TEST(FixedAngles, are_exact_where_everybody_knows_them) {
    EXPECT_EQ(0, fixed_sin(0));
    EXPECT_EQ(1, fixed_cos(0));
    EXPECT_EQ(0, fixed_asin(0));
    EXPECT_EQ(std::asin(1.0), fixed_asin(1));
    EXPECT_EQ(-fixed_asin(1), fixed_asin(-7));
}

}  // namespace
}  // namespace vedette::learn
