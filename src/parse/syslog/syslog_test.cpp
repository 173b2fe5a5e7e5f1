// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdio>

#include "parse/parser.h"
#include "parse/syslog/header.h"
#include "parse/syslog/limits.h"
#include "parse/syslog/recognise.h"

namespace vedette::parse::syslog {
namespace {

const base::Timestamp kArrival = *base::parse_rfc3339("2026-01-02T03:04:05Z");

std::string bsd_time(base::Timestamp time) {
    const base::Civil civil = base::to_civil(time);
    constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%s %2d %02d:%02d:%02d", kMonths[civil.month - 1],
                  civil.day, civil.hour, civil.minute, civil.second);
    return buffer;
}

RC_GTEST_PROP(BsdTime, finds_the_year_of_any_moment_of_the_year_before_tomorrow, ()) {
    // 365 days and not more: a day later the same text means two years.
    const auto arrival_s = *rc::gen::inRange<std::int64_t>(-2'000'000'000, 5'000'000'000);
    const auto age_s = *rc::gen::inRange<std::int64_t>(-86'400, 364 * 86'400);
    const auto zone_s = *rc::gen::inRange<std::int64_t>(-14, 15) * 3'600;
    const TimeZone zone = TimeZone::fixed(zone_s);
    const TimeHints hints{{arrival_s * base::kNsPerSecond}, std::nullopt, &zone};
    const base::Timestamp happened{(arrival_s - age_s) * base::kNsPerSecond};
    const std::string text =
        bsd_time({happened.unix_ns + zone_s * base::kNsPerSecond}) + " host app: x";
    std::string_view rest = text;
    const auto time = read_bsd_time(rest, hints);
    RC_ASSERT(time.has_value());
    RC_ASSERT(*time == happened);
    RC_ASSERT(rest == " host app: x");
}

TEST(BsdTime, takes_the_year_and_the_zone_that_are_told_of_the_clock) {
    event::Envelope envelope;
    envelope.arrival = kArrival;
    envelope.clock = "year=2015 zone=-03:30";
    const TimeHints hints = time_hints(envelope);
    std::string_view text = "Dec 10 06:55:46";
    EXPECT_EQ(read_bsd_time(text, hints), base::parse_rfc3339("2015-12-10T06:55:46-03:30"));
    envelope.clock = "zone=+0200 year=15 zone= zone=+25:00";
    EXPECT_EQ(time_hints(envelope).zone, nullptr);
    EXPECT_EQ(time_hints(envelope).year, std::nullopt);
}

/// All values of a field in the first row that a line gives.
std::vector<std::string> values(const std::string& line, const std::string& field,
                                std::uint16_t* flags = nullptr) {
    Registry registry;
    register_all(registry);
    event::FieldDictionary fields;
    Parser parser(registry, fields);
    event::Batch batch(fields);
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.format = "syslog";
    chunk->envelope.arrival = kArrival;
    chunk->add_record(line);
    parser.parse(chunk, 0, batch, event::kBatchRowsMax, [](event::Batch&) {});
    parser.finish(batch);
    batch.verify();
    if (flags != nullptr) *flags = batch.rows()[0].flags;
    std::vector<std::string> out;
    const auto id = fields.find(field);
    if (!id) return out;
    for (const event::Cell& cell : batch.cells(*id, 0)) out.emplace_back(batch.text(cell));
    return out;
}

RC_GTEST_PROP(StructuredData, gives_back_any_value_that_was_escaped_as_the_standard_says, ()) {
    const auto value = *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', 127));
    std::string escaped;
    for (const char c : value) {
        if (c == '"' || c == '\\' || c == ']') escaped += '\\';
        escaped += c;
    }
    const std::string line = "<14>1 - h a - - [x@1 v=\"" + escaped + "\"][y] message";
    RC_ASSERT(values(line, "log.syslog.structured_data.x@1.v") == std::vector{value});
    RC_ASSERT(values(line, "message") == std::vector<std::string>{"message"});
}

TEST(StructuredData, stops_at_its_bound_and_says_so) {
    std::string line = "<14>1 - h a - - [x";
    for (std::size_t i = 0; i < 2 * kStructuredParametersMax; ++i) line += " p=\"1\"";
    std::uint16_t flags = 0;
    const auto found = values(line + "] text", "log.syslog.structured_data.x.p", &flags);
    EXPECT_EQ(found.size(), kStructuredParametersMax);
    EXPECT_NE(flags & event::kRowTruncated, 0);
}

TEST(Syslog, recognises_itself_and_leaves_other_logs_alone) {
    EXPECT_GE(recognise({"<34>1 2003-10-11T22:14:15.003Z h su - ID47 - x"}), 90);
    EXPECT_GE(recognise({"Dec 10 06:55:46 h sshd[1]: x", "", "Dec 10 06:55:46 h kernel: y"}), 80);
    EXPECT_EQ(recognise({R"({"time":"2026-01-01T00:00:00Z","message":"x"})"}), 0);
    EXPECT_EQ(recognise({"2026-01-01 00:00:00,123 INFO main: x"}), 0);
    EXPECT_LE(recognise({"2026-01-01T00:00:00Z INFO starting up"}), 10);
    EXPECT_EQ(recognise({}), 0);
    EXPECT_EQ(recognise({"", ""}), 0);
}

TEST(Syslog, is_chosen_over_the_formats_it_carries) {
    Registry registry;
    register_all(registry);
    const auto chosen = [&](const std::vector<std::string_view>& records) {
        return event::recognise(registry.declarations(), records).name;
    };
    EXPECT_EQ(chosen({"Dec 10 06:55:46 h sshd[1]: Invalid user x from 192.0.2.1 port 2"}),
              "syslog");
    EXPECT_EQ(chosen({"Invalid user x from 192.0.2.1 port 2"}), "sshd");
    EXPECT_EQ(chosen({"alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls"}), "sudo");
    EXPECT_EQ(chosen({"once upon a time"}), "text");
    EXPECT_EQ(chosen({}), "text");
}

}  // namespace
}  // namespace vedette::parse::syslog
