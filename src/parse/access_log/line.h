// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "parse/quoted_text.h"

namespace vedette::parse::access_log {

/// What one line says, as views into it; "-" and what is not there is empty. Escapes stand as
/// written.
struct Line {
    std::string_view vhost, vhost_port;
    std::string_view
        forwarded;  ///< addresses before the client's, "a, b" (a log format of proxies)
    std::string_view client, identity, user;
    std::string_view time;  ///< between the brackets
    Quoted request;
    bool has_request = false;
    std::string_view status, bytes;
    Quoted referrer, agent;
    std::string_view tail;  ///< all behind the agent
};

/// Reads common, combined, vhost_combined and lines with more behind them. False if there is no
/// time in brackets or what follows is no request and status. Cost: linear.   Source: httpd 2.4
/// mod_log_config (LogFormat examples), nginx ngx_http_log_module ("combined" and the packaged
/// "main")
bool read_line(std::string_view text, Line& out);

/// A request line as a client should send it.
struct Request {
    std::string_view method, target, version;  ///< version: "1.1"
};

/// "GET /path HTTP/1.1", also without a version (HTTP/0.9) and with blanks inside the target. False
/// for anything else: a TLS hello, a banner, rubbish.
bool read_request(std::string_view text, Request& out);

}  // namespace vedette::parse::access_log
