// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "event/record.h"

namespace vedette::parse::syslog {

/// What a line's time may lack and where it comes from instead.
struct TimeHints {
    base::Timestamp arrival;
    std::optional<int> year;  ///< `year=2015` in the envelope's context: holds for every line
    std::int64_t zone_offset_s = 0;  ///< `zone=+02:00`: of times that name none; UTC if not told
};

/// Reads `year=` and `zone=` from an envelope's context, where they stand between blanks. What
/// cannot be read counts as not told.
TimeHints time_hints(const event::Envelope& envelope);

/// The front of a syslog line, both standards, as views into it. Empty: not there.
struct Header {
    std::optional<unsigned> priority;  ///< facility * 8 + severity, 0..191
    std::optional<base::Timestamp> time;
    std::string_view host;
    std::string_view program;          ///< as written, e.g. "/USR/SBIN/CRON", "sshd(pam_unix)"
    std::string_view process_id;       ///< mostly a number
    std::string_view message_id;       ///< RFC 5424 only
    std::string_view structured_data;  ///< RFC 5424 only: "[...]...", checked for nothing yet
    std::string_view message;
    bool is_rfc5424 = false;
};

/// Reads a line by RFC 5424 or, failing that, by RFC 3164 and what programs really write. Never
/// fails: a line without priority and time comes back as `message` alone.
/// Lives: views into `line`.   Cost: linear in the header, not in the message, but for structured
/// data.
Header read_header(std::string_view line, const TimeHints& hints);

/// "Dec 10 06:55:46", also with a year after the day and decimals after the second. On success
/// `rest` begins behind it. A year that is not written is the one that puts the moment last at or
/// before arrival + 1 day: a line of December read in January is of last year, one from a clock a
/// little ahead is of this year.
std::optional<base::Timestamp> read_bsd_time(std::string_view& rest, const TimeHints& hints);

}  // namespace vedette::parse::syslog
