// SPDX-License-Identifier: Apache-2.0
#include "report/words.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "report/limits.h"
#include "report/shelf.h"
#include "report/summary.h"

namespace vedette::report {
namespace {

TEST(Words, numbers_are_grouped_and_told_with_their_nouns) {
    EXPECT_EQ(count_text(0), "0");
    EXPECT_EQ(count_text(999), "999");
    EXPECT_EQ(count_text(1'000), "1,000");
    EXPECT_EQ(count_text(1'234'567), "1,234,567");
    EXPECT_EQ(count_text(1, "finding"), "1 finding");
    EXPECT_EQ(count_text(2, "finding"), "2 findings");
    EXPECT_EQ(bytes_text(812), "812 bytes");
    EXPECT_EQ(bytes_text(3'412'000), "3.4 MB");
    EXPECT_EQ(bytes_text(999'999), "1.0 MB");
    EXPECT_EQ(bytes_text(std::numeric_limits<std::uint64_t>::max()), "18.4 EB");
    EXPECT_EQ(duration_text(0.824), "0.82 s");
    EXPECT_EQ(duration_text(200), "3 min 20 s");
    EXPECT_EQ(duration_text(7'500), "2 h 5 min");
    EXPECT_EQ(duration_text(-1), "0.00 s");
}

TEST(Words, times_say_their_zone) {
    const base::Timestamp time{1'763'827'380'000'000'000};
    EXPECT_EQ(time_text(time, Zone::utc), "2025-11-22 16:03:00 UTC");
    EXPECT_EQ(span_text(time, {time.unix_ns + 372 * base::kNsPerSecond}, Zone::utc),
              "2025-11-22 16:03:00 to 16:09:12 UTC");
    EXPECT_EQ(span_text(time, {time.unix_ns + base::kNsPerDay}, Zone::utc),
              "2025-11-22 16:03:00 to 2025-11-23 16:03:00 UTC");
    EXPECT_EQ(span_text(time, {time.unix_ns + 5}, Zone::utc), "2025-11-22 16:03:00 UTC");
    ::setenv("TZ", "XST-5:30", 1);
    ::tzset();
    EXPECT_EQ(time_text(time, Zone::local), "2025-11-22 21:33:00 +05:30");
    EXPECT_EQ(time_text({std::numeric_limits<std::int64_t>::max()}, Zone::local),
              "2262-04-11 23:47:16 +00:00");
    ::setenv("TZ", "XST+3", 1);
    ::tzset();
    EXPECT_EQ(time_text(time, Zone::local), "2025-11-22 13:03:00 -03:00");
    EXPECT_EQ(time_text({-1}, Zone::local), "1969-12-31 20:59:59 -03:00");
    ::unsetenv("TZ");
    ::tzset();
}

TEST(Words, incidents_stand_in_the_order_of_the_ledgers_evidence) {
    std::vector<cases::Incident> incidents(3);
    incidents[0].severity = cases::Severity::high;
    incidents[0].bits = incidents[0].evidence_bits = 8;
    // Little by itself, much with the days before.
    incidents[1].severity = cases::Severity::low;
    incidents[1].bits = 2;
    incidents[1].evidence_bits = 20.06;
    incidents[2].severity = cases::Severity::critical;
    incidents[2].bits = incidents[2].evidence_bits = 8;
    const auto ordered = in_order_of_weight(incidents);
    EXPECT_EQ(ordered,
              (std::vector<const cases::Incident*>{&incidents[1], &incidents[2], &incidents[0]}));
    EXPECT_EQ(ledger_text(incidents[0]), "");
    EXPECT_EQ(ledger_text(incidents[1]), "20.1 in the ledger");
}

TEST(Words, matched_values_are_found_in_the_raw_record) {
    const auto spans = [](std::string_view raw, std::string feature, std::string observed) {
        return matched_spans(raw, {{std::move(feature), std::move(observed), "", 0, "rule"}});
    };
    using Spans = std::vector<Span>;
    EXPECT_EQ(spans("user root, shell root", "user.name", "root"), (Spans{{5, 4}}));
    EXPECT_EQ(spans(R"({"a":"C:\\x\\y"})", "a", "C:\\x\\y"), (Spans{{6, 8}}));
    // A short value counts only behind its field.
    EXPECT_EQ(spans(R"({"x":1,"EventID":1})", "EventID", "1"), (Spans{{17, 1}}));
    EXPECT_EQ(spans("1 and 1", "EventID", "1"), (Spans{}));
    EXPECT_EQ(spans("nothing", "a", "something"), (Spans{}));
    EXPECT_EQ(spans("x", "a", ""), (Spans{}));
    // Overlapping ones do not nest.
    EXPECT_EQ(matched_spans("abcdefgh", {{"", "abcdef", "", 0, ""}, {"", "defgh", "", 0, ""}}),
              (Spans{{0, 6}}));
}

TEST(Words, reasons_say_what_was_expected_of_whom) {
    const auto told = [](std::string against, std::string expected) {
        const cases::Reason reason{"f", "o", std::move(expected), 0, std::move(against)};
        const ReasonWords words = words_of(reason);
        return std::string(words.link) + "|" + std::string(words.expected);
    };
    EXPECT_EQ(told("rule", "contains \"o\""), ", as the rule asks:|contains \"o\"");
    EXPECT_EQ(told("rule", "o"), ", as the rule asks|");
    EXPECT_EQ(told("rule", "is \"o\""), ", as the rule asks|");
    EXPECT_EQ(told("rule", ""), ", as the rule asks|");
    EXPECT_EQ(told("self", "x"), "; usual for itself is|x");
    EXPECT_EQ(told("peers", "x"), "; usual for its peers is|x");
    EXPECT_EQ(told("everybody", "x"), "; usual for everybody is|x");
    EXPECT_EQ(told("self", ""), "|");
}

TEST(Summary, is_told_in_words_and_in_json) {
    Summary summary;
    EXPECT_EQ(found_text(summary), "Nothing found.");
    summary.subject = "a\"b";
    summary.files = 3;
    summary.events = 12'345;
    summary.bytes = 3'412'000;
    summary.seconds = 0.82;
    summary.incidents = 2;
    for (int i = 0; i < 3; ++i) summary.count(cases::Severity::high);
    summary.count(cases::Severity::low);
    EXPECT_EQ(found_text(summary), "2 incidents, 4 findings: 3 high, 1 low");
    EXPECT_EQ(read_text(summary),
              "12,345 events (3.4 MB) of 3 files read in 0.82 s, 15,055 events/s");
    EXPECT_EQ(to_json(summary),
              R"({"subject":"a\"b","files":3,"events":12345,"bytes":3412000,"seconds":0.820,)"
              R"("rules":0,"incidents":2,"findings":{"informational":0,"low":1,"medium":0,)"
              R"("high":3,"critical":0}})");
}

TEST(FindingShelf, a_flood_neither_fills_memory_nor_hides_other_rules_and_levels) {
    FindingShelf shelf;
    cases::Finding finding;
    finding.severity = cases::Severity::low;
    finding.rule_id = "flood";
    finding.raw = std::string(4'000, 'x');
    for (int i = 0; i < 1'000; ++i) {
        finding.id = std::to_string(i);
        shelf.add(finding);
    }
    EXPECT_TRUE(shelf.find("0"));
    EXPECT_FALSE(shelf.find("999"));
    for (int i = 0; i < 20'000; ++i) {
        finding.id = "many" + std::to_string(i);
        finding.rule_id = finding.id;
        shelf.add(finding);
    }
    EXPECT_LE(shelf.memory_bytes(), kShelfBytesPerLevelMax);
    finding.id = finding.rule_id = "grave";
    finding.severity = cases::Severity::critical;
    shelf.add(finding);
    EXPECT_TRUE(shelf.find("grave"));
}

TEST(FindingShelf, keeps_the_first_ones_of_every_hour) {
    FindingShelf shelf;
    cases::Finding finding;
    finding.rule_id = "r";
    for (int hour = 0; hour < 3; ++hour) {
        for (int i = 0; i < 10; ++i) {
            finding.id = std::to_string(hour) + "-" + std::to_string(i);
            finding.first_seen = {(hour * 3'600 + i) * base::kNsPerSecond};
            shelf.add(finding);
        }
        EXPECT_TRUE(shelf.find(std::to_string(hour) + "-2"));
        EXPECT_FALSE(shelf.find(std::to_string(hour) + "-3"));
    }
}

}  // namespace
}  // namespace vedette::report
