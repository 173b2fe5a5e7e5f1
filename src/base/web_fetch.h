// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http_response_reader.h"
#include "base/result.h"

namespace vedette::base {

/// The parts of "https://host:port/path?query".
struct WebUrl {
    bool is_tls = false;
    std::string host;  ///< without the brackets of an IPv6 address
    std::uint16_t port = 0;
    std::string target = "/";

    /// Scheme, host and port: what a secret may be sent to.
    std::string origin() const;
};
/// Errors: bad_input for what is neither http nor https, has a user in it, or is no URL.
Result<WebUrl> parse_web_url(std::string_view text);
/// What `location` means in an answer from `base`.   Errors: as parse_web_url.
Result<WebUrl> resolve_web_url(const WebUrl& base, std::string_view location);

struct WebFetchOptions {
    /// Of the request; those of `secret_headers` go to the first origin alone, and are never told.
    std::vector<std::pair<std::string, std::string>> headers, secret_headers;
    std::string ca_file;  ///< PEM; empty: the system's certificates
    int connect_timeout_ms = 10'000;
    int idle_timeout_ms = 30'000;    ///< longest time in which no byte moves
    int total_timeout_ms = 300'000;  ///< from the first connection to the last byte
    std::uint64_t body_bytes_max = 256ull << 20;
    int redirects_max = 5;
    const std::atomic<bool>* is_cancelled = nullptr;
};

/// Fetches what is behind a URL with GET; the body goes to `sink` piece by piece, of an answer with
/// status 200 only. Gives the head of the last answer, whatever its status.
///
/// https is TLS 1.2 or newer with a certificate that is checked for the host's name. Redirects are
/// followed within the scheme alone: from https to http nobody is led. An answer that does not say
/// how long it is, is refused, because nobody could see that it was cut off.
/// Errors: bad_input for URLs, redirects and answers that are none; denied for a certificate;
/// limit; timeout; unavailable; cancelled; what `sink` says.
/// Cost: a connection for each answer.   Does not do: proxies, cookies, compression of the
/// transfer.
Result<HttpResponseHead> web_fetch(const std::string& url, const WebFetchOptions& options,
                                   const std::function<Result<void>(std::string_view)>& sink);

}  // namespace vedette::base
