// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "event/record.h"
#include "parse/time_zone.h"

namespace vedette::parse {

/// What a line's time may lack and where it comes from instead.
struct TimeHints {
    base::Timestamp arrival;
    std::optional<int> year;         ///< holds for every line
    const TimeZone* zone = nullptr;  ///< of times that name none; nullptr: UTC
};

/// What the envelope's clock (parse/clock_hints.h) says of times.
TimeHints time_hints(const event::Envelope& envelope);

/// A moment that was read as if it were UTC, of times that name no zone.
/// Nothing if it is outside of what a timestamp holds.
std::optional<base::Timestamp> to_utc(base::Timestamp local, const TimeZone* zone);

/// 1 to 12, or 0 if the text does not begin with an English month's first three letters.
int month_of(std::string_view text);

/// Two digits at `at`, or -1. The first may be a blank.
int two_digits(std::string_view text, std::size_t at);

/// Eats "hh:mm:ss" with decimals after '.' into `civil`. On false nothing is eaten.
bool read_time_of_day(std::string_view& rest, base::Civil& civil);

/// Seconds east of UTC of "Z", "UTC", "+02:00" or "+0200".
std::optional<std::int64_t> zone_offset_s(std::string_view zone);

/// A local time that names no zone, in the zone of the hints.
std::optional<base::Timestamp> in_zone(const base::Civil& civil, const TimeHints& hints);

/// A month, day and time of day without a year, in the zone of the hints. The year is the hints',
/// or else the one that puts the moment last at or before arrival + 1 day: a line of December read
/// in January is of last year, one from a clock a little ahead is of this year.
std::optional<base::Timestamp> with_year_told_or_guessed(base::Civil civil, const TimeHints& hints);

/// "Dec 10 06:55:46", also with a year after the day and decimals after the second. On success
/// `rest` begins behind it. A missing year is as in with_year_told_or_guessed().
std::optional<base::Timestamp> read_bsd_time(std::string_view& rest, const TimeHints& hints);

/// "17/May/2015:10:05:03 +0200" of the common log format, all of it; the zone may be missing
/// (hints). Remembers the last minute, because neighbours share it.   Threads: one at a time. Cost:
/// about 5 ns where the minute repeats.
class ClfTimeReader {
  public:
    std::optional<base::Timestamp> read(std::string_view text, const TimeHints& hints);

  private:
    char minute_[18] = {};  // "17/May/2015:10:05:"
    char zone_[6] = {};     // " +0200"
    std::int64_t minute_ns_ = 0;
    bool is_known_ = false;
};

}  // namespace vedette::parse
