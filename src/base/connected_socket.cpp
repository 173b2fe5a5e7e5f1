// SPDX-License-Identifier: Apache-2.0
#include "base/connected_socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

namespace vedette::base {

tl::unexpected<Error> broken_socket(std::string_view what, const std::string& where) {
    return fail(ErrorCode::unavailable, std::string(what) + ": " + std::strerror(errno), where);
}

Result<void> wait_for_socket(int fd, short events, int timeout_ms, const std::string& where) {
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
                        "nothing moved for " + std::to_string(timeout_ms) + " ms", where);
        }
        if (errno != EINTR) return broken_socket("waiting failed", where);
    }
}

namespace {

Result<OwnedFd> connect_to(const sockaddr* address, socklen_t size, int timeout_ms,
                           const std::string& where) {
    OwnedFd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.is_open()) return broken_socket("cannot make a socket", where);
    if (address->sa_family != AF_UNIX) {
        const int on = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (::connect(fd.get(), address, size) == 0) return fd;
    if (errno != EINPROGRESS) return broken_socket("cannot connect", where);
    VD_TRY_DO(wait_for_socket(fd.get(), POLLOUT, timeout_ms, where));
    socklen_t error_size = sizeof errno;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &errno, &error_size);
    if (errno != 0) return broken_socket("cannot connect", where);
    return fd;
}

}  // namespace

Result<OwnedFd> connect_unix(const std::string& path, int timeout_ms, const std::string& where) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        return fail(ErrorCode::bad_input, "the path of the socket is longer than 107 bytes", path,
                    "use a shorter data directory");
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, timeout_ms,
                      where);
}

Result<OwnedFd> connect_tcp(const std::string& host, std::uint16_t port, int timeout_ms,
                            const std::string& where) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
    if (code != 0) {
        return fail(ErrorCode::unavailable, std::string("cannot resolve: ") + gai_strerror(code),
                    where);
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    Result<OwnedFd> fd = fail(ErrorCode::unavailable, "no address", where);
    for (const addrinfo* at = found; at != nullptr && !fd; at = at->ai_next) {
        fd = connect_to(at->ai_addr, at->ai_addrlen, timeout_ms, where);
    }
    return fd;
}

}  // namespace vedette::base
