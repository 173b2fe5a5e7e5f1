// SPDX-License-Identifier: Apache-2.0
#include "base/http_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "base/connected_socket.h"

namespace vedette::base {

namespace {

/// Buffers of one write call; more go into the next one.
constexpr std::size_t kBuffersPerWrite = 64;
constexpr std::size_t kReadBytes = 64 * 1024;

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
    const std::string where = endpoint_.text();
    auto fd = endpoint_.unix_path.empty()
                  ? connect_tcp(endpoint_.host, endpoint_.port, options_.connect_timeout_ms, where)
                  : connect_unix(endpoint_.unix_path, options_.connect_timeout_ms, where);
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
            if (errno != EAGAIN) return broken_socket("sending failed", endpoint_.text());
            VD_TRY_DO(wait_for_socket(socket_.get(), POLLOUT, options_.idle_timeout_ms,
                                      endpoint_.text()));
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
            if (errno != EAGAIN) return broken_socket("receiving failed", endpoint_.text());
            VD_TRY_DO(
                wait_for_socket(socket_.get(), POLLIN, options_.idle_timeout_ms, endpoint_.text()));
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
