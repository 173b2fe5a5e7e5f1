// SPDX-License-Identifier: Apache-2.0
#include "parse/clock_hints.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "event/schema.h"
#include "parse/parser.h"

namespace vedette::parse {
namespace {

/// The time and flags of the first row of a line.
event::Row row_of(const std::string& format, const std::string& line, const std::string& clock) {
    Registry registry;
    register_all(registry);
    event::FieldDictionary fields;
    Parser parser(registry, fields);
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.source = "test";
    chunk->envelope.format = format;
    chunk->envelope.clock = clock;
    chunk->envelope.arrival = *base::parse_rfc3339("2026-07-15T12:00:00Z");
    chunk->add_record(line);
    event::Batch batch(fields);
    const auto never = [](event::Batch&) { FAIL() << "one row fills no batch"; };
    parser.parse(chunk, 1, batch, 10, never);
    parser.finish(batch);
    return batch.rows()[0];
}

std::string time_of(const std::string& format, const std::string& line, const std::string& clock) {
    return base::format_rfc3339(row_of(format, line, clock).time);
}

/// The name in envelopes of a zone of this machine; nothing if it has no zone database.
std::optional<std::string> zone(const std::string& name) {
    const auto bytes = base::read_file(std::string(kZoneFolder) + name, 1 << 16);
    if (!bytes) return std::nullopt;
    const auto hash = remember_zone(*bytes);
    EXPECT_TRUE(hash.has_value());
    return name + "@" + *hash;
}

TEST(ClockHints, a_named_zone_knows_its_summers) {
    const auto berlin = zone("Europe/Berlin");
    if (!berlin) GTEST_SKIP() << "no zone database here";
    const std::string clock = "zone=" + *berlin;
    EXPECT_EQ(time_of("syslog", "<34>Jul  1 10:00:00 web app: summer", clock),
              "2026-07-01T08:00:00.000Z");
    EXPECT_EQ(time_of("syslog", "<34>Jan  1 10:00:00 web app: winter", clock),
              "2026-01-01T09:00:00.000Z");
    // The year is that of the zone: new year comes an hour earlier there.
    EXPECT_EQ(time_of("syslog", "<34>Dec 31 23:30:00 web app: new year's eve", clock),
              "2025-12-31T22:30:00.000Z");
    EXPECT_EQ(time_of("application_log", "2026-07-01 10:00:00,000 INFO main summer", clock),
              "2026-07-01T08:00:00.000Z");
    EXPECT_EQ(time_of("application_log", "2026-07-01T10:00:00+00:00 INFO main has one", clock),
              "2026-07-01T10:00:00.000Z");
}

TEST(ClockHints, a_clock_that_is_ahead_is_set_back_in_every_format) {
    const std::string clock = "ahead_ms=90000";
    EXPECT_EQ(time_of("syslog", "<34>Jul 15 12:01:30 web app: x", clock),
              "2026-07-15T12:00:00.000Z");
    EXPECT_EQ(time_of("json", R"({"@timestamp":"2026-07-15T12:01:30Z"})", clock),
              "2026-07-15T12:00:00.000Z");
    EXPECT_EQ(time_of("syslog", "<34>Jul 15 11:58:30 web app: x", "ahead_ms=-90000"),
              "2026-07-15T12:00:00.000Z");
    const event::Row guessed = row_of("text", "no time in it", clock);
    EXPECT_EQ(guessed.time, guessed.arrival) << "the arrival is our own clock's";
}

TEST(ClockHints, what_cannot_be_read_counts_as_not_told) {
    for (const std::string clock :
         {"zone=Europe/Berlin", "zone=Europe/Berlin@00", "zone=", "zone", "ahead_ms=x",
          "ahead_ms=999999999999999999", "year=20 zone=+1", "\xFF", "  "}) {
        const ClockHints hints = read_clock_hints(clock);
        EXPECT_EQ(hints.zone, nullptr) << clock;
        EXPECT_EQ(hints.ahead_ms, 0) << clock;
        EXPECT_EQ(hints.year, std::nullopt) << clock;
    }
    EXPECT_FALSE(remember_zone("no file of the database").has_value());
    EXPECT_NE(read_clock_hints("zone=-03:30").zone, nullptr);
}

}  // namespace
}  // namespace vedette::parse
