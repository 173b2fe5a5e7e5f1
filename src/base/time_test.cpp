// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <gtest/gtest.h>

namespace vedette::base {
namespace {

std::string round_trip(std::string_view text, int decimals = 0) {
    const auto time = parse_rfc3339(text);
    return time ? format_rfc3339(*time, decimals) : "nothing";
}

TEST(Time, reads_every_usual_form) {
    EXPECT_EQ(round_trip("2026-11-22T16:03:00Z"), "2026-11-22T16:03:00Z");
    EXPECT_EQ(round_trip("2026-11-22 16:03:00"), "2026-11-22T16:03:00Z");
    EXPECT_EQ(round_trip("2026-11-22T18:03:00+02:00"), "2026-11-22T16:03:00Z");
    EXPECT_EQ(round_trip("2026-11-22T18:03:00+0200"), "2026-11-22T16:03:00Z");
    EXPECT_EQ(round_trip("2025-11-26T05:11:27.927693700Z", 9), "2025-11-26T05:11:27.927693700Z");
    EXPECT_EQ(round_trip("1969-12-31T23:59:59.5Z", 3), "1969-12-31T23:59:59.500Z");
    EXPECT_EQ(round_trip("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00Z");
    EXPECT_EQ(round_trip("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00Z");
}

TEST(Time, refuses_what_is_no_time) {
    for (const char* text : {"", "2026-13-01T00:00:00Z", "2023-02-29T00:00:00Z",
                             "2026-11-22T24:00:00Z", "2026-11-22T16:03:00X", "2026-11-22",
                             "1066-10-14T09:00:00Z", "2026-11-22T16:03:00+99:00"}) {
        EXPECT_EQ(round_trip(text), "nothing") << text;
    }
}

TEST(Time, civil_and_count_agree_on_every_day_of_the_range) {
    for (std::int64_t day = -100'000; day < 100'000; day += 7) {
        const Timestamp time{day * kNsPerDay + 12'345};
        EXPECT_EQ(from_civil(to_civil(time)), time);
        EXPECT_EQ(time.day(), day);
    }
}

}  // namespace
}  // namespace vedette::base
