// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/measure.h"

#include <gtest/gtest.h>

namespace vedette::rule::sigma {
namespace {

TEST(Measure, reads_decimal_numbers_and_nothing_else) {
    EXPECT_EQ(number_in("42"), 42.0L);
    EXPECT_EQ(number_in("-4.5e1"), -45.0L);
    EXPECT_EQ(number_in(".5"), 0.5L);
    EXPECT_EQ(number_in("18446744073709551615"), 18446744073709551615.0L);
    for (const char* text : {"", "-", "0x10", "1 ", " 1", "inf", "nan", "+1", "1,5", "--1"}) {
        EXPECT_FALSE(number_in(text)) << text;
    }
}

TEST(Measure, keeps_neighbouring_64_bit_numbers_apart) {
    NumberTest test{NumberTest::Comparison::less, *number_in("9223372036854775807")};
    EXPECT_TRUE(meets(test, "9223372036854775806"));
    EXPECT_FALSE(meets(test, "9223372036854775807"));
}

TEST(Measure, takes_the_parts_of_a_date_as_written) {
    const std::string_view text = "2026-11-22T16:03:09.123+05:00";
    EXPECT_EQ(time_part_in(text, TimePart::year), 2026);
    EXPECT_EQ(time_part_in(text, TimePart::month), 11);
    EXPECT_EQ(time_part_in(text, TimePart::week), 47);
    EXPECT_EQ(time_part_in(text, TimePart::day), 22);
    EXPECT_EQ(time_part_in(text, TimePart::hour), 16);
    EXPECT_EQ(time_part_in(text, TimePart::minute), 3);
    EXPECT_EQ(time_part_in("2025-11-26 05:11:27.908", TimePart::hour), 5);
    EXPECT_EQ(time_part_in("2025/11/26", TimePart::day), 26);
}

TEST(Measure, counts_weeks_from_the_first_with_a_thursday) {
    EXPECT_EQ(time_part_in("2021-01-01", TimePart::week), 53);
    EXPECT_EQ(time_part_in("2021-01-04", TimePart::week), 1);
    EXPECT_EQ(time_part_in("2024-12-30", TimePart::week), 1);
    EXPECT_EQ(time_part_in("2020-12-31", TimePart::week), 53);
    EXPECT_EQ(time_part_in("2018-01-01", TimePart::week), 1);
}

TEST(Measure, finds_no_time_in_other_texts) {
    for (const char* text :
         {"", "now", "2026-13-01", "2026-02-30", "20261122", "2026-11-22T25:00"}) {
        EXPECT_FALSE(time_part_in(text, TimePart::hour)) << text;
    }
    EXPECT_FALSE(time_part_in("2026-11-22", TimePart::hour));
}

}  // namespace
}  // namespace vedette::rule::sigma
