// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace vedette::rule::search {

/// What a time as a person writes it covers: [from, to). A day covers the day, a minute the minute.
struct TimeSpan {
    base::Timestamp from;
    base::Timestamp to;
};

/// Reads
///   2026-11-22, 2026-11, 2026-11-22T10:15, 2026-11-22 10:15:03.25Z, 2026-11-22T10:15:03+01:00 (RFC
///   3339) 1795343703 (seconds, or with 13 digits milliseconds, since 1970) now, now-1h, -24h,
///   now-1d/d, today, yesterday: s m h d w and M (months) y (years); /d rounds down to the unit,
///   and then covers the unit.
/// Without a zone times are UTC.
/// Errors: bad_input with what can be written.
base::Result<TimeSpan> parse_time_span(std::string_view text, base::Timestamp now);

/// The bounds of a search as `--from` and `--to` give them: from inclusive, to exclusive; what `to`
/// names is still in it (`--to 2026-11-22` takes that day).
struct TimeRange {
    base::Timestamp from{INT64_MIN};
    base::Timestamp to{INT64_MAX};
    bool operator==(const TimeRange&) const = default;
};
/// Empty texts leave their end open.
/// Errors: bad_input, also when the range is empty.
base::Result<TimeRange> parse_time_range(std::string_view from, std::string_view to,
                                         base::Timestamp now);

}  // namespace vedette::rule::search
