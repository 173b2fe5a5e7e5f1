// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"
#include "parse/line_time.h"

namespace vedette::parse::syslog {

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

}  // namespace vedette::parse::syslog
