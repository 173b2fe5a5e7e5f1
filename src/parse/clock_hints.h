// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "parse/time_zone.h"

namespace vedette::parse {

/// What an operator says of the clock of a source, as it stands in the envelope of its chunks:
/// `zone=Europe/Berlin@<hash> year=2015 ahead_ms=90000`, each only where it is told.
///
/// A zone is an offset (`+02:00`) or a name with the hash of its file. The hash is what counts: a
/// replay gives the same times whatever the machine's zone database has become.
struct ClockHints {
    const TimeZone* zone = nullptr;  ///< of times that name none; nullptr: UTC
    std::optional<int> year;         ///< of times that have none
    /// The clock is so much ahead: taken off every time that it told.
    std::int64_t ahead_ms = 0;
};

/// Ten years: what is further off is no clock that is wrong, but no clock.
inline constexpr std::int64_t kAheadMsMax = 10LL * 366 * 86'400'000;

/// What cannot be read, or a zone that remember_zone() was not given, counts as not told.
ClockHints read_clock_hints(std::string_view clock);

/// Makes a file of the zone database known to read_clock_hints() for as long as the program runs,
/// and gives the hash that stands behind the zone's name.
/// Errors: as TimeZone::read.   Threads: any.
base::Result<std::string> remember_zone(std::string_view bytes);

}  // namespace vedette::parse
