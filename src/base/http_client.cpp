// SPDX-License-Identifier: Apache-2.0
#include "base/http_client.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace vedette::base {

namespace {

/// Buffers of one write call; more go into the next one.
constexpr std::size_t kBuffersPerWrite = 64;
constexpr std::size_t kReadBytes = 64 * 1024;

tl::unexpected<Error> broken(const HttpEndpoint& endpoint, std::string_view what) {
    return fail(ErrorCode::unavailable, std::string(what) + ": " + std::strerror(errno),
                endpoint.text());
}

/// Waits until the socket can be read or written.
Result<void> wait_for(int fd, short events, int timeout_ms, const HttpEndpoint& endpoint) {
    pollfd entry{fd, events, 0};
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        const int ready =
            ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
        if (ready > 0) return {};
        if (ready == 0) {
            return fail(ErrorCode::timeout,
                        "nothing moved for " + std::to_string(timeout_ms) + " ms", endpoint.text());
        }
        if (errno != EINTR) return broken(endpoint, "waiting failed");
    }
}

Result<OwnedFd> connect_to(const sockaddr* address, socklen_t size, int timeout_ms,
                           const HttpEndpoint& endpoint) {
    OwnedFd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.is_open()) return broken(endpoint, "cannot make a socket");
    if (address->sa_family != AF_UNIX) {
        const int on = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (::connect(fd.get(), address, size) == 0) return fd;
    if (errno != EINPROGRESS) return broken(endpoint, "cannot connect");
    VD_TRY_DO(wait_for(fd.get(), POLLOUT, timeout_ms, endpoint));
    socklen_t error_size = sizeof errno;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &errno, &error_size);
    if (errno != 0) return broken(endpoint, "cannot connect");
    return fd;
}

Result<OwnedFd> connect_unix(const HttpEndpoint& endpoint, int timeout_ms) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (endpoint.unix_path.size() >= sizeof address.sun_path) {
        return fail(ErrorCode::bad_input, "the path of the socket is longer than 107 bytes",
                    endpoint.unix_path, "use a shorter data directory");
    }
    std::memcpy(address.sun_path, endpoint.unix_path.data(), endpoint.unix_path.size());
    return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, timeout_ms,
                      endpoint);
}

Result<OwnedFd> connect_tcp(const HttpEndpoint& endpoint, int timeout_ms) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(),
                                   &wanted, &found);
    if (code != 0) {
        return fail(ErrorCode::unavailable, std::string("cannot resolve: ") + gai_strerror(code),
                    endpoint.text());
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    Result<OwnedFd> fd = fail(ErrorCode::unavailable, "no address", endpoint.text());
    for (const addrinfo* at = found; at != nullptr && !fd; at = at->ai_next) {
        fd = connect_to(at->ai_addr, at->ai_addrlen, timeout_ms, endpoint);
    }
    return fd;
}

/// Whether an idle kept connection is still good: nothing to read, not ended.
bool is_still_open(int fd) {
    char byte;
    const ssize_t got = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

std::string head_of(const HttpClientRequest& request, const HttpEndpoint& endpoint) {
    std::size_t body_bytes = 0;
    for (const std::string_view part : request.body) body_bytes += part.size();
    std::string head = request.method + " " + request.target + " HTTP/1.1\r\nHost: ";
    head += endpoint.unix_path.empty() ? endpoint.host : "localhost";
    head += "\r\n";
    for (const auto& [name, value] : request.headers) {
        head.append(name).append(": ").append(value).append("\r\n");
    }
    if (body_bytes != 0 || request.method != "GET") {
        head += "Content-Length: " + std::to_string(body_bytes) + "\r\n";
    }
    return head + "\r\n";
}

}  // namespace

std::string HttpEndpoint::text() const {
    return unix_path.empty() ? host + ":" + std::to_string(port) : "unix:" + unix_path;
}

Result<void> HttpClient::open() {
    if (socket_.is_open() && is_still_open(socket_.get())) return {};
    socket_.reset();
    auto fd = endpoint_.unix_path.empty() ? connect_tcp(endpoint_, options_.connect_timeout_ms)
                                          : connect_unix(endpoint_, options_.connect_timeout_ms);
    if (!fd) return tl::unexpected<Error>(std::move(fd).error());
    socket_ = std::move(*fd);
    return {};
}

Result<void> HttpClient::write(const HttpClientRequest& request) {
    const std::string head = head_of(request, endpoint_);
    std::vector<std::string_view> parts{head};
    parts.insert(parts.end(), request.body.begin(), request.body.end());
    std::size_t at = 0;
    while (at < parts.size()) {
        iovec buffers[kBuffersPerWrite];
        const std::size_t count = std::min(kBuffersPerWrite, parts.size() - at);
        for (std::size_t i = 0; i < count; ++i) {
            buffers[i] = {const_cast<char*>(parts[at + i].data()), parts[at + i].size()};
        }
        msghdr message{};
        message.msg_iov = buffers;
        message.msg_iovlen = count;
        const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN) return broken(endpoint_, "sending failed");
            VD_TRY_DO(wait_for(socket_.get(), POLLOUT, options_.idle_timeout_ms, endpoint_));
            continue;
        }
        auto left = static_cast<std::size_t>(sent);
        while (at < parts.size() && left >= parts[at].size()) left -= parts[at++].size();
        if (at < parts.size()) parts[at].remove_prefix(left);
    }
    return {};
}

Result<void> HttpClient::read(HttpResponseReader& reader) {
    char bytes[kReadBytes];
    while (!reader.is_done()) {
        const ssize_t got = ::recv(socket_.get(), bytes, sizeof bytes, 0);
        if (got == 0) return reader.end();
        if (got < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN) return broken(endpoint_, "receiving failed");
            VD_TRY_DO(wait_for(socket_.get(), POLLIN, options_.idle_timeout_ms, endpoint_));
            continue;
        }
        VD_TRY_DO(reader.feed({bytes, static_cast<std::size_t>(got)}));
    }
    return {};
}

Result<HttpResponseHead> HttpClient::send(const HttpClientRequest& request,
                                          HttpResponseReader::BodySink sink) {
    VD_TRY_DO(open());
    HttpResponseReader reader(std::move(sink), options_.response_bytes_max);
    auto sent = write(request);
    // A server may refuse before it has read the body: its answer says more than our broken pipe.
    auto received = sent || sent.error().code == ErrorCode::unavailable ? read(reader) : sent;
    if (!received || !reader.keeps_alive() || !sent) socket_.reset();
    if (reader.is_done()) return reader.head();
    if (!sent) return tl::unexpected<Error>(std::move(sent).error());
    if (received) return fail(ErrorCode::unavailable, "no answer", endpoint_.text());
    Error error = std::move(received).error();
    if (error.where.empty()) error.where = endpoint_.text();
    return tl::unexpected<Error>(std::move(error));
}

Result<HttpClientResponse> HttpClient::send(const HttpClientRequest& request) {
    HttpClientResponse response;
    VD_TRY(response.head, send(request, [&](const HttpResponseHead&, std::string_view piece) {
               response.body.append(piece);
               return Result<void>();
           }));
    return response;
}

void append_url_encoded(std::string& out, std::string_view text) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    for (const char c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
                              c == '~';
        if (is_plain) {
            out.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out.push_back('%');
        out.push_back(kDigits[byte >> 4]);
        out.push_back(kDigits[byte & 15]);
    }
}

}  // namespace vedette::base
