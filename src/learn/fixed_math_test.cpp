// SPDX-License-Identifier: Apache-2.0
#include "learn/fixed_math.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "base/bytes.h"
#include "base/hash.h"
#include "learn/random.h"

namespace vedette::learn {
namespace {

TEST(FixedMath, agrees_with_the_library_over_all_magnitudes) {
    Random random(1);
    for (int i = 0; i < 200'000; ++i) {
        const double x = (random.unit() - 0.5) * 1'900;
        EXPECT_NEAR(1, fixed_exp2(x) / std::exp2(x), 2e-14) << x;
        const double value = std::exp2(x) * (1 + random.unit());
        EXPECT_NEAR(std::log2(value), fixed_log2(value), 1e-14 + std::abs(x) * 1e-15) << value;
    }
}

TEST(FixedMath, is_exact_where_it_must_be_and_has_ends) {
    for (int power = -990; power <= 1000; ++power) {
        EXPECT_EQ(std::ldexp(1.0, power), fixed_exp2(power));
    }
    EXPECT_NEAR(0, fixed_log2(1), 1e-15);
    EXPECT_NEAR(-1074, fixed_log2(5e-324), 1e-12);
    EXPECT_EQ(-1100, fixed_log2(0));
    EXPECT_EQ(-1100, fixed_log2(-1));
    EXPECT_EQ(0, fixed_exp2(-1e300));
    EXPECT_EQ(std::ldexp(1.0, 1000), fixed_exp2(1e300));
}

/// Golden: whoever computes otherwise would not agree with states saved elsewhere.
TEST(FixedMath, gives_the_same_bits_everywhere) {
    std::string bytes;
    Random random(7);
    for (int i = 0; i < 10'000; ++i) {
        base::put(bytes, std::bit_cast<std::uint64_t>(fixed_exp2((random.unit() - 0.5) * 100)));
        base::put(bytes, std::bit_cast<std::uint64_t>(fixed_log2(random.unit() * 1e9)));
        base::put(bytes, std::bit_cast<std::uint64_t>(random.normal()));
    }
    EXPECT_EQ(4037019962178323197ull, base::hash64(bytes));
}

TEST(Random, is_even_and_normal_and_goes_on_where_it_stopped) {
    Random random(3);
    double sum = 0, squares = 0, units = 0;
    constexpr int kCount = 100'000;
    for (int i = 0; i < kCount; ++i) {
        const double value = random.normal();
        sum += value;
        squares += value * value;
        units += random.unit();
        ASSERT_LT(random.below(7), 7u);
    }
    EXPECT_NEAR(0, sum / kCount, 0.02);
    EXPECT_NEAR(1, squares / kCount, 0.03);
    EXPECT_NEAR(0.5, units / kCount, 0.01);
    Random other(4);
    ASSERT_TRUE(other.set_words(random.words()));
    EXPECT_EQ(random.next(), other.next());
    EXPECT_FALSE(other.set_words({}));
}

}  // namespace
}  // namespace vedette::learn
