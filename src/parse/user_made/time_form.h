// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "parse/line_time.h"
#include "parse/time_fields.h"
#include "parse/time_zone.h"

namespace vedette::parse::user_made {

/// One form of a time: ISO8601, UNIX, UNIX_MS, UNIX_US, UNIX_NS, SYSLOG, CLF, or directives as of
/// strptime (README.md lists them). A text must fit to its end.
class TimeForm {
  public:
    /// Errors: bad_input without a place, for the caller to add.
    static base::Result<TimeForm> read(std::string_view text);

    /// `zone` is of times that name none; nullptr: the hints' zone. A missing year is as syslog has
    /// it (line_time.h).   Threads: one at a time.   Cost: about 50 ns; less where a named form
    /// remembers the minute.
    std::optional<base::Timestamp> parse(std::string_view text, const TimeZone* zone,
                                         const TimeHints& hints);

  private:
    enum class Code : std::uint8_t {
        literal,  ///< byte
        blanks,   ///< one or more
        year,
        short_year,
        month,
        month_name,
        day,
        day_of_year,
        hour,
        hour_12,
        half,  ///< AM or PM
        minute,
        second,
        fraction,  ///< 1 to 9 digits, also none with the point before them
        zone,
        zone_name,  ///< UTC, GMT or Z
        weekday,
        epoch_s,
    };
    struct Op {
        Code code;
        char byte = 0;
    };
    enum class Named : std::uint8_t {
        none,
        iso8601,
        unix_s,
        unix_ms,
        unix_us,
        unix_ns,
        syslog,
        clf
    };
    struct Parts;

    bool run(std::string_view text, Parts& out) const;
    std::optional<base::Timestamp> parse_named(std::string_view text, const TimeZone* zone,
                                               const TimeHints& hints);

    Named named_ = Named::none;
    std::vector<Op> ops_;
    TimeReader reader_;
    ClfTimeReader clf_;
};

}  // namespace vedette::parse::user_made
