// SPDX-License-Identifier: Apache-2.0
#include "base/web_fetch.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <memory>

#include "base/connected_socket.h"

namespace vedette::base {

namespace {

using Steady = std::chrono::steady_clock;
constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kUrlBytesMax = 4'096;
/// How often a wait looks whether it shall end.
constexpr int kLookMs = 200;

struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

std::string tls_words() {
    const unsigned long code = ERR_peek_last_error();
    const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "TLS failed" : std::string("TLS failed: ") + reason;
}

/// SSL_set_tlsext_host_name without the cast of C that the macro has.
bool set_server_name(SSL* ssl, std::string& host) {
    return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) == 1;
}

/// Writing into a TLS connection that the peer has closed raises SIGPIPE in OpenSSL's own write:
/// the signal is held back for this thread meanwhile.
class NoPipeSignal {
  public:
    NoPipeSignal() {
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        sigset_t pending;
        sigpending(&pending);
        was_pending_ = sigismember(&pending, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    ~NoPipeSignal() {
        if (!was_pending_) {
            const timespec at_once{0, 0};
            while (sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
            }
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    NoPipeSignal(const NoPipeSignal&) = delete;
    NoPipeSignal& operator=(const NoPipeSignal&) = delete;

  private:
    sigset_t pipe_{}, before_{};
    bool was_pending_ = false;
};

/// One connection, plain or TLS, that waits within the times it is given.
class Connection {
  public:
    Connection(const WebUrl& url, const WebFetchOptions& options, Steady::time_point end)
        : url_(url), options_(options), end_(end), where_(url.origin()) {}

    Result<void> open() {
        VD_TRY_DO(check_time());
        const int timeout_ms = std::min(options_.connect_timeout_ms, left_ms());
        VD_TRY(socket_, connect_tcp(url_.host, url_.port, timeout_ms, where_));
        return url_.is_tls ? handshake() : Result<void>();
    }

    Result<void> write(std::string_view bytes) {
        while (!bytes.empty()) {
            if (!ssl_) {
                const ssize_t sent =
                    ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
                if (sent >= 0) {
                    bytes.remove_prefix(static_cast<std::size_t>(sent));
                } else if (errno == EAGAIN) {
                    VD_TRY_DO(wait(POLLOUT));
                } else if (errno != EINTR) {
                    return broken_socket("sending failed", where_);
                }
                continue;
            }
            std::size_t sent = 0;
            ERR_clear_error();
            const int done = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
            if (done == 1) {
                bytes.remove_prefix(sent);
            } else {
                VD_TRY_DO(wait_for_tls(done));
            }
        }
        return {};
    }

    /// Nothing at the end of the stream.
    Result<std::size_t> read(char* out, std::size_t size) {
        for (;;) {
            VD_TRY_DO(check_time());
            if (!ssl_) {
                const ssize_t got = ::recv(socket_.get(), out, size, 0);
                if (got >= 0) return static_cast<std::size_t>(got);
                if (errno == EAGAIN) {
                    VD_TRY_DO(wait(POLLIN));
                } else if (errno != EINTR) {
                    return broken_socket("receiving failed", where_);
                }
                continue;
            }
            std::size_t got = 0;
            ERR_clear_error();
            const int done = SSL_read_ex(ssl_.get(), out, size, &got);
            if (done == 1) return got;
            if (SSL_get_error(ssl_.get(), done) == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
            VD_TRY_DO(wait_for_tls(done));
        }
    }

  private:
    int left_ms() const {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Steady::now()).count();
        return static_cast<int>(std::clamp<std::int64_t>(left, 0, options_.total_timeout_ms));
    }

    Result<void> check_time() const {
        if (options_.is_cancelled != nullptr && *options_.is_cancelled) {
            return fail(ErrorCode::cancelled, "asked to stop", where_);
        }
        if (left_ms() > 0) return {};
        return fail(ErrorCode::timeout,
                    "not whole within " + std::to_string(options_.total_timeout_ms) + " ms",
                    where_);
    }

    Result<void> wait(short events) const {
        int waited_ms = 0;
        for (;;) {
            VD_TRY_DO(check_time());
            const int slice_ms =
                std::min({kLookMs, left_ms(), options_.idle_timeout_ms - waited_ms});
            const auto ready =
                wait_for_socket(socket_.get(), events, std::max(slice_ms, 1), where_);
            if (ready || ready.error().code != ErrorCode::timeout) return ready;
            waited_ms += std::max(slice_ms, 1);
            if (waited_ms >= options_.idle_timeout_ms) {
                return fail(ErrorCode::timeout,
                            "nothing moved for " + std::to_string(options_.idle_timeout_ms) + " ms",
                            where_);
            }
        }
    }

    /// What an unfinished call of OpenSSL asks for, or why it failed.
    Result<void> wait_for_tls(int done) const {
        switch (SSL_get_error(ssl_.get(), done)) {
            case SSL_ERROR_WANT_READ: return wait(POLLIN);
            case SSL_ERROR_WANT_WRITE: return wait(POLLOUT);
            case SSL_ERROR_SYSCALL:
                return fail(ErrorCode::unavailable, "the TLS connection broke", where_);
            default: break;
        }
        const long verified = SSL_get_verify_result(ssl_.get());
        if (verified != X509_V_OK) {
            return fail(ErrorCode::denied,
                        std::string("the certificate is not good: ") +
                            X509_verify_cert_error_string(verified),
                        where_, "`ca_file` names a certificate of one's own");
        }
        return fail(ErrorCode::unavailable, tls_words(), where_);
    }

    Result<void> handshake() {
        ERR_clear_error();
        context_.reset(SSL_CTX_new(TLS_client_method()));
        if (!context_) return fail(ErrorCode::io, tls_words(), where_);
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        const bool has_trust = options_.ca_file.empty()
                                   ? SSL_CTX_set_default_verify_paths(context_.get()) == 1
                                   : SSL_CTX_load_verify_locations(
                                         context_.get(), options_.ca_file.c_str(), nullptr) == 1;
        if (!has_trust) {
            return fail(ErrorCode::bad_input, "the certificates to trust cannot be read",
                        options_.ca_file);
        }
        ssl_.reset(SSL_new(context_.get()));
        if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.get()) != 1) {
            return fail(ErrorCode::io, tls_words(), where_);
        }
        in6_addr room{};
        const bool is_address = inet_pton(AF_INET, url_.host.c_str(), &room) == 1 ||
                                inet_pton(AF_INET6, url_.host.c_str(), &room) == 1;
        const bool has_name = is_address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()),
                                                                         url_.host.c_str()) == 1
                                         : SSL_set1_host(ssl_.get(), url_.host.c_str()) == 1 &&
                                               set_server_name(ssl_.get(), url_.host);
        if (!has_name) return fail(ErrorCode::bad_input, "this is no name of a host", where_);
        for (;;) {
            ERR_clear_error();
            const int done = SSL_connect(ssl_.get());
            if (done == 1) return {};
            VD_TRY_DO(wait_for_tls(done));
        }
    }

    WebUrl url_;
    const WebFetchOptions& options_;
    const Steady::time_point end_;
    const std::string where_;
    OwnedFd socket_;
    std::unique_ptr<SSL_CTX, Free> context_;
    std::unique_ptr<SSL, Free> ssl_;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string head_of(const WebUrl& url, const Headers& headers, const Headers& secrets) {
    const bool is_usual = url.port == (url.is_tls ? 443 : 80);
    const bool is_v6 = url.host.find(':') != std::string::npos;
    std::string head = "GET " + url.target + " HTTP/1.1\r\nHost: ";
    head += is_v6 ? "[" + url.host + "]" : url.host;
    if (!is_usual) head += ":" + std::to_string(url.port);
    head += "\r\nConnection: close\r\nAccept-Encoding: identity\r\n";
    for (const Headers* const each : {&headers, &secrets}) {
        for (const auto& [name, value] : *each) {
            head.append(name).append(": ").append(value).append("\r\n");
        }
    }
    return head + "\r\n";
}

/// One request and its answer.
Result<HttpResponseHead> exchange(const WebUrl& url, const WebFetchOptions& options,
                                  Steady::time_point end, bool with_secrets,
                                  const std::function<Result<void>(std::string_view)>& sink) {
    const NoPipeSignal guard;
    Connection connection(url, options, end);
    VD_TRY_DO(connection.open());
    VD_TRY_DO(connection.write(
        head_of(url, options.headers, with_secrets ? options.secret_headers : Headers())));
    const std::string where = url.origin();
    HttpResponseReader reader(
        [&](const HttpResponseHead& head, std::string_view piece) -> Result<void> {
            if (head.status != 200) return {};
            const bool has_length =
                !head.header("content-length").empty() || !head.header("transfer-encoding").empty();
            if (!has_length) {
                return fail(ErrorCode::bad_input, "the answer does not say how long it is", where);
            }
            const std::string_view coding = head.header("content-encoding");
            if (!coding.empty() && coding != "identity") {
                return fail(ErrorCode::bad_input,
                            "the answer is encoded though nobody asked for it", where);
            }
            return sink(piece);
        },
        options.body_bytes_max);
    const auto placed = [&where](Error error) {
        if (error.where.empty()) error.where = where;
        return tl::unexpected<Error>(std::move(error));
    };
    char bytes[kReadBytes];
    while (!reader.is_done()) {
        VD_TRY(const std::size_t got, connection.read(bytes, sizeof bytes));
        const auto taken = got == 0 ? reader.end() : reader.feed({bytes, got});
        if (!taken) return placed(taken.error());
        if (got == 0 && !reader.is_done()) {
            return fail(ErrorCode::unavailable, "the answer ended before its end", where);
        }
    }
    return reader.head();
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

std::string WebUrl::origin() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    return std::string(is_tls ? "https://" : "http://") + (is_v6 ? "[" + host + "]" : host) + ":" +
           std::to_string(port);
}

Result<WebUrl> parse_web_url(std::string_view text) {
    const std::string shown(text.substr(0, 200));
    const auto wrong = [&](const char* why) { return fail(ErrorCode::bad_input, why, shown); };
    WebUrl url;
    constexpr std::string_view kPlain = "http://", kTls = "https://";
    url.is_tls = text.starts_with(kTls);
    if (!url.is_tls && !text.starts_with(kPlain))
        return wrong("a URL of http or https belongs here");
    if (text.size() > kUrlBytesMax) return wrong("the URL is too long");
    const bool is_clean = std::all_of(text.begin(), text.end(),
                                      [](char c) { return c > ' ' && c != 0x7F && c != '\\'; });
    if (!is_clean) return wrong("a URL has no blanks and no letters beyond ASCII");
    text.remove_prefix(url.is_tls ? kTls.size() : kPlain.size());
    text = text.substr(0, text.find('#'));
    const std::size_t end = std::min(text.find_first_of("/?"), text.size());
    std::string_view host = text.substr(0, end);
    if (end < text.size())
        url.target = (text[end] == '?' ? "/" : "") + std::string(text.substr(end));
    if (host.find('@') != std::string_view::npos) {
        return wrong("a URL names no user: secrets belong into a file");
    }
    url.port = url.is_tls ? 443 : 80;
    const std::size_t bracket = host.rfind(']');
    const std::size_t colon = host.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (has_port) {
        const std::string_view port = host.substr(colon + 1);
        const auto [stop, error] =
            std::from_chars(port.data(), port.data() + port.size(), url.port);
        if (error != std::errc() || stop != port.data() + port.size() || url.port == 0) {
            return wrong("the URL's port is none");
        }
        host = host.substr(0, colon);
    }
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.empty()) return wrong("the URL names no host");
    url.host = host;
    return url;
}

Result<WebUrl> resolve_web_url(const WebUrl& base, std::string_view location) {
    if (location.starts_with("//")) {
        return parse_web_url(std::string(base.is_tls ? "https:" : "http:") + std::string(location));
    }
    if (location.find("://") < location.find_first_of("/?#")) return parse_web_url(location);
    std::string target(location);
    if (!location.starts_with('/')) {
        const std::string path = base.target.substr(0, base.target.find('?'));
        target = path.substr(0, path.rfind('/') + 1) + target;
    }
    return parse_web_url(base.origin() + target);
}

Result<HttpResponseHead> web_fetch(const std::string& url, const WebFetchOptions& options,
                                   const std::function<Result<void>(std::string_view)>& sink) {
    VD_TRY(WebUrl at, parse_web_url(url));
    const std::string first_origin = at.origin();
    const bool is_tls = at.is_tls;
    const auto end = Steady::now() + std::chrono::milliseconds(options.total_timeout_ms);
    for (int redirects = 0;; ++redirects) {
        VD_TRY(HttpResponseHead head,
               exchange(at, options, end, at.origin() == first_origin, sink));
        if (!is_redirect(head.status)) return head;
        if (redirects == options.redirects_max) {
            return fail(ErrorCode::bad_input,
                        "more than " + std::to_string(options.redirects_max) + " redirects", url);
        }
        VD_TRY(WebUrl next, resolve_web_url(at, head.header("location")));
        if (next.is_tls != is_tls) {
            return fail(ErrorCode::denied, "redirected to another scheme", next.origin(),
                        "write the URL as it is meant");
        }
        at = std::move(next);
    }
}

}  // namespace vedette::base
