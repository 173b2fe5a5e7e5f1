// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/http_response_reader.h"
#include "base/result.h"

namespace vedette::base {

/// Where a server listens: a path of a Unix socket, or host and port.
struct HttpEndpoint {
    std::string unix_path;
    std::string host;
    std::uint16_t port = 0;

    /// "unix:/run/x.sock" or "host:port", for messages.
    std::string text() const;
};

struct HttpClientRequest {
    std::string method = "GET";
    std::string target = "/";
    std::vector<std::pair<std::string, std::string>> headers;
    /// Sent one after the other without being copied. Lives: until send() returns.
    std::vector<std::string_view> body;
};

struct HttpClientOptions {
    int connect_timeout_ms = 5'000;
    /// Longest time in which no byte moves, in either direction.
    int idle_timeout_ms = 60'000;
    std::uint64_t response_bytes_max = 256u << 20;
};

struct HttpClientResponse {
    HttpResponseHead head;
    std::string body;
};

/// A blocking HTTP/1.1 client for one server, one request at a time, that keeps its connection.
/// A connection that the server closed while idle is opened anew before sending; a request that
/// was begun is never sent twice: whoever sent it knows whether that is harmless.
/// No TLS, no redirects, no proxies, no compression.
/// Threads: one at a time.
class HttpClient {
  public:
    explicit HttpClient(HttpEndpoint endpoint, HttpClientOptions options = {})
        : endpoint_(std::move(endpoint)), options_(options) {}

    /// Sends and waits for the whole answer, whatever its status.
    /// Errors: unavailable when there is no connection or it broke; timeout; limit; bad_input when
    /// the answer is not HTTP.
    Result<HttpClientResponse> send(const HttpClientRequest& request);

    /// The same, with the body handed on piece by piece: any size in little memory.
    /// A failing sink ends the request and closes the connection.
    Result<HttpResponseHead> send(const HttpClientRequest& request,
                                  HttpResponseReader::BodySink sink);

    void close() { socket_.reset(); }
    const HttpEndpoint& endpoint() const { return endpoint_; }

  private:
    Result<void> open();
    Result<void> write(const HttpClientRequest& request);
    Result<void> read(HttpResponseReader& reader);

    HttpEndpoint endpoint_;
    HttpClientOptions options_;
    OwnedFd socket_;
};

/// Appends `text` percent-encoded for a query string.   Source: RFC 3986 section 2
void append_url_encoded(std::string& out, std::string_view text);

}  // namespace vedette::base
