// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::parse {

/// How far local time was from UTC, and when that changed: one file of the zone database.
///
/// The bytes are handed in and kept by whoever names a zone for ever, so that a replay after an
/// update of the machine's database gives the same times. After the last change the offset stays:
/// files of Debian know the changes until 2037; files that leave the rule of the years to a line of
/// text
/// ("slim") are refused where that rule changes the offset.
/// Source: RFC 8536
class TimeZone {
  public:
    /// Errors: bad_input for bytes that are no file of the database; unsupported for slim ones.
    static base::Result<TimeZone> read(std::string_view bytes, std::string_view where);
    static TimeZone fixed(std::int64_t offset_s);

    /// A moment of local time (seconds as if it were UTC) in UTC. Of an hour that comes twice the
    /// first is meant; one that is skipped is read with the offset behind the change.
    std::int64_t to_utc_s(std::int64_t local_s) const;
    /// How far local time is from UTC at a moment.
    std::int64_t offset_s_at(std::int64_t utc_s) const;

  private:
    struct Change {
        std::int64_t utc_s;
        std::int64_t offset_s;
    };
    std::int64_t first_offset_s_ = 0;
    std::vector<Change> changes_;
};

/// Where the machine keeps its zone database.
inline constexpr std::string_view kZoneFolder = "/usr/share/zoneinfo/";

/// Names like "Europe/Berlin": letters, digits and "_+-/", without a way out of the folder.
bool is_zone_name(std::string_view name);

}  // namespace vedette::parse
