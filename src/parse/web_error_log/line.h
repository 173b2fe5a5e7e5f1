// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "parse/line_time.h"

namespace vedette::parse::web_error_log {

/// What one line says, as views into it; empty: not said.
struct Line {
    bool is_nginx = false;
    base::Timestamp time;
    std::string_view level, module, process_id, thread_id, connection;
    std::string_view client;        ///< Apache: perhaps with a port
    std::string_view code;          ///< Apache: "AH00128"
    std::string_view message;       ///< without what has a field of its own behind it
    std::string_view error_number;  ///< nginx: of "(2: No such file or directory)"
    // nginx, behind the message; Apache has a referrer only.
    std::string_view server, request, upstream, host, referrer;
};

/// Reads a line of either server. False if it is of neither.
/// Cost: linear.   Source: nginx 1.26 (ngx_log.c, ngx_http_request.c), httpd 2.4 (ErrorLogFormat)
/// and 2.2
bool read_line(std::string_view text, const TimeHints& hints, Line& out);

}  // namespace vedette::parse::web_error_log
