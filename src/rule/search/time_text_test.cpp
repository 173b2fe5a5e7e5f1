// SPDX-License-Identifier: Apache-2.0
#include "rule/search/time_text.h"

#include <gtest/gtest.h>

namespace vedette::rule::search {
namespace {

const base::Timestamp kTimeTextNow = *base::parse_rfc3339("2026-11-22T16:30:45.5Z");  // a Sunday

std::string span(std::string_view text) {
    const auto found = parse_time_span(text, kTimeTextNow);
    if (!found) return "error";
    return base::format_rfc3339(found->from, 0) + " " + base::format_rfc3339(found->to, 0);
}

TEST(TimeText, covers_what_it_names) {
    EXPECT_EQ(span("2026-11-22"), "2026-11-22T00:00:00Z 2026-11-23T00:00:00Z");
    EXPECT_EQ(span("2026-12"), "2026-12-01T00:00:00Z 2027-01-01T00:00:00Z");
    EXPECT_EQ(span("2026-11-22T10:15"), "2026-11-22T10:15:00Z 2026-11-22T10:16:00Z");
    EXPECT_EQ(span("2026-11-22 10:15+01:00"), "2026-11-22T09:15:00Z 2026-11-22T09:16:00Z");
    EXPECT_EQ(span("2026-11-22T10:15:03Z"), "2026-11-22T10:15:03Z 2026-11-22T10:15:04Z");
    EXPECT_EQ(span("1795343703"), "2026-11-22T10:35:03Z 2026-11-22T10:35:04Z");
    EXPECT_EQ(span("today"), "2026-11-22T00:00:00Z 2026-11-23T00:00:00Z");
    EXPECT_EQ(span("yesterday"), "2026-11-21T00:00:00Z 2026-11-22T00:00:00Z");
    const auto exact = parse_time_span("2026-11-22T10:15:03.25Z", kTimeTextNow);
    ASSERT_TRUE(exact);
    EXPECT_EQ(exact->to.unix_ns - exact->from.unix_ns, 1);
}

TEST(TimeText, counts_from_now) {
    EXPECT_EQ(parse_time_span("now", kTimeTextNow)->from, kTimeTextNow);
    EXPECT_EQ(parse_time_span("-24h", kTimeTextNow)->from.unix_ns,
              kTimeTextNow.unix_ns - base::kNsPerDay);
    EXPECT_EQ(parse_time_span("now-1d+1h", kTimeTextNow)->from.unix_ns,
              kTimeTextNow.unix_ns - base::kNsPerDay + 3'600 * base::kNsPerSecond);
    EXPECT_EQ(span("now/d"), "2026-11-22T00:00:00Z 2026-11-23T00:00:00Z");
    EXPECT_EQ(span("now/w"), "2026-11-16T00:00:00Z 2026-11-23T00:00:00Z")
        << "weeks begin on Monday";
    EXPECT_EQ(span("now-1M/M"), "2026-10-01T00:00:00Z 2026-11-01T00:00:00Z");
    const base::Timestamp march = *base::parse_rfc3339("2026-03-31T00:00:00Z");
    EXPECT_EQ(base::format_rfc3339(parse_time_span("-1M", march)->from, 0), "2026-02-28T00:00:00Z");
    EXPECT_EQ(base::format_rfc3339(parse_time_span("-1y", kTimeTextNow)->from, 0),
              "2025-11-22T16:30:45Z");
}

TEST(TimeText, refuses_what_is_no_time_and_says_what_is) {
    for (const std::string text :
         {"", "now-", "now-h", "now-1x", "now/", "now/dd", "nowadays", "2026-13-01", "2026-02-30",
          "12", "99999999999999999999", "-99999999999999999h", "now-9999999999999y", "soon", "-"}) {
        const auto found = parse_time_span(text, kTimeTextNow);
        ASSERT_FALSE(found) << text;
        EXPECT_NE(found.error().hint.find("now-1h"), std::string::npos);
    }
}

TEST(TimeText, takes_the_last_day_of_a_range_whole) {
    const auto range = parse_time_range("2026-11-20", "2026-11-21", kTimeTextNow);
    ASSERT_TRUE(range);
    EXPECT_EQ(base::format_rfc3339(range->to, 0), "2026-11-22T00:00:00Z");
    EXPECT_EQ(*parse_time_range("", "", kTimeTextNow), TimeRange{});
    EXPECT_FALSE(parse_time_range("now", "-1h", kTimeTextNow));
}

}  // namespace
}  // namespace vedette::rule::search
