// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vedette::base {

/// One request as it was read whole. Names of headers are lower case, values as sent.
struct HttpRequest {
    std::string method;  ///< "GET", as sent
    std::string path;    ///< target before '?', not percent-decoded
    std::string query;   ///< target after '?', not decoded
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;  ///< chunks joined; a Content-Encoding is the handler's to open
    std::string peer;  ///< address without port; "unix" on a Unix socket
    bool is_encrypted = false;

    /// The first header of that (lower-case) name; empty if there is none.
    std::string_view header(std::string_view name) const;
    /// The first value of a query parameter, percent-decoded.
    std::optional<std::string> parameter(std::string_view name) const;
    /// The parts of `path` between slashes, percent-decoded: "/a%2Fb/_bulk" gives "a/b", "_bulk".
    std::vector<std::string> path_parts() const;
};

/// Percent-decoding; '+' becomes a blank if `is_form`. A broken escape stays as it is.
/// Source: RFC 3986 section 2.1
std::string percent_decoded(std::string_view text, bool is_form);

struct HttpResponse {
    int status = 200;
    std::string body;
    std::string content_type = "application/json";
    /// Content-Length, Content-Type and Connection are the server's own. Line ends in values are
    /// replaced by blanks.
    std::vector<std::pair<std::string, std::string>> headers = {};
    /// Closes the connection after this answer.
    bool is_last = false;
};

/// The way back to one waiting sender. Call it exactly once, now or later, from any thread; a
/// second call is our own bug. If all copies are gone without an answer, the sender gets a 500.
/// Lives: may outlive the server; the answer then goes nowhere.   Threads: any, one at a time.
class HttpResponder {
  public:
    /// What a server (or a test) does with the answer. Its destructor sees whether there was one.
    class Target {
      public:
        virtual ~Target() = default;
        virtual void answer(HttpResponse response) = 0;
    };
    // Shared, because std::function wants its captures to be copyable.
    explicit HttpResponder(std::shared_ptr<Target> target) : target_(std::move(target)) {}
    void operator()(HttpResponse response) const { target_->answer(std::move(response)); }

  private:
    std::shared_ptr<Target> target_;
};

struct HttpServerSettings {
    /// "127.0.0.1:9200", "[::1]:9200", "*:9200", port 0 for any free one, or "unix:/path/to/socket"
    /// (made with rights 0600; a left-over socket nobody listens on is replaced).
    std::string listen;
    /// Both given: TLS 1.2 or newer. PEM files; the certificate file may hold the chain.
    std::string certificate_path = {}, key_path = {};

    /// Threads that read, write and run handlers.
    int threads = 2;
    /// A shipper uses one to a few connections; 256 leaves room below `ulimit -n 1024`.
    std::size_t connections_max = 256;
    /// Requests read or being answered. Beyond it we stop reading; after `queue_wait_ms` comes a
    /// 503.
    std::size_t requests_in_flight_max = 256;
    std::size_t header_bytes_max = 16u << 10;
    /// Larger bodies get a 413. As sent: a Content-Encoding has its own limit where it is opened.
    std::size_t body_bytes_max = 64u << 20;
    /// All bodies held at once; like `requests_in_flight_max`. At least body_bytes_max.
    std::size_t bodies_bytes_max = 256u << 20;

    int handshake_timeout_ms = 10'000;
    int idle_timeout_ms = 120'000;   ///< between requests
    int header_timeout_ms = 10'000;  ///< from the first byte of a header to its last
    int read_timeout_ms = 30'000;    ///< between two pieces of a body
    int body_timeout_ms = 300'000;   ///< the whole body
    int write_timeout_ms = 30'000;   ///< an answer, plus one second per 100 KB
    int queue_wait_ms = 30'000;
    int stop_timeout_ms = 10'000;  ///< what runs may finish for this long after stop()
};

struct HttpServerCounters {
    std::atomic<std::uint64_t> connections_open{0};
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> connections_refused{0};  ///< over connections_max
    std::atomic<std::uint64_t> requests{0};             ///< handed to the handler
    std::atomic<std::uint64_t> requests_bad{0};         ///< malformed or over a limit
    std::atomic<std::uint64_t> timeouts{0};
    std::atomic<std::uint64_t> body_bytes{0};
};

/// What the owner of a server gives to it. Both are called on a server thread and must not block
/// for long: hand work that takes time to a thread of your own and answer from there.
struct HttpHandlers {
    /// Takes the request over and answers through the responder. Must not throw.
    std::function<void(HttpRequest request, HttpResponder respond)> handle;
    /// Optional: looks at the header before the body is read (its `body` is empty) and may answer
    /// at once; the body is then not read and the connection closed. For 401, 404, 405 and quotas.
    std::function<std::optional<HttpResponse>(const HttpRequest& head)> refuse = {};
};

/// One HTTP/1.1 server on TCP, TLS or a Unix socket, for everything of ours that listens.
///
/// Requests of one connection are answered in order, one at a time; pipelined ones wait in the
/// kernel. Keep-alive, chunked and Content-Length bodies, Expect: 100-continue and HEAD are dealt
/// with here. What is malformed gets 400, 413 or 431 and the connection is closed; who is too slow
/// is cut off without an answer. Bodies are copied once, from the read buffer into `body`. Does not
/// do: HTTP/2, upgrades, trailers, streamed answers, decompression. Threads: start and stop from
/// one thread; handlers run on threads of the server.
class HttpServer {
  public:
    HttpServer(HttpServerSettings settings, HttpHandlers handlers);
    /// Stops, if nobody did.
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Listens and returns.   Errors: bad_input for settings and certificates that cannot be used,
    /// io or denied when the address cannot be had.
    Result<void> start();

    /// Accepts nothing more, lets requests that were begun finish for stop_timeout_ms, then closes
    /// everything and ends the threads. Not from a handler.
    void stop();

    /// The port listened on (useful with port 0); 0 on a Unix socket or before start.
    std::uint16_t port() const;
    const HttpServerCounters& counters() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Whether "host:port" or "unix:..." can only be reached from this machine.
/// Errors: bad_input for an address that cannot be read.
Result<bool> is_loopback_address(std::string_view listen);

}  // namespace vedette::base
