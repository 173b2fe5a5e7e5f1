// SPDX-License-Identifier: Apache-2.0
#include "base/http_server_listen.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/http_server.h"

namespace vedette::base {

namespace {

constexpr std::string_view kUnixPrefix = "unix:";
/// Connections the kernel keeps for us between two accepts; the usual system maximum is 4,096.
constexpr int kBacklog = 512;

struct HostPort {
    std::string host;
    std::string port;
};

Result<HostPort> split_address(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    const std::string hint = "write it as 127.0.0.1:9200, [::1]:9200, *:9200 or unix:/path";
    if (colon == std::string_view::npos || colon == 0) {
        return fail(ErrorCode::bad_input, "the address to listen on has no host or no port",
                    std::string(address), hint);
    }
    std::string_view host = address.substr(0, colon);
    const std::string_view port = address.substr(colon + 1);
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
        return fail(ErrorCode::bad_input, "the port to listen on is not a number up to 65535",
                    std::string(address), hint);
    }
    if (host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return fail(ErrorCode::bad_input, "an IPv6 address to listen on needs brackets",
                    std::string(address), hint);
    }
    return HostPort{std::string(host), std::string(port)};
}

/// The first address a host name stands for.
class Resolved {
  public:
    static Result<Resolved> of(std::string_view address) {
        VD_TRY(const HostPort parts, split_address(address));
        addrinfo wanted{};
        wanted.ai_socktype = SOCK_STREAM;
        wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
        addrinfo* found = nullptr;
        const bool is_any = parts.host == "*";
        const int code =
            ::getaddrinfo(is_any ? "::" : parts.host.c_str(), parts.port.c_str(), &wanted, &found);
        if (code != 0) {
            return fail(ErrorCode::bad_input,
                        std::string("the host to listen on is unknown: ") + ::gai_strerror(code),
                        std::string(address));
        }
        Resolved out;
        out.family = found->ai_family;
        out.size = found->ai_addrlen;
        std::memcpy(&out.storage, found->ai_addr, found->ai_addrlen);
        ::freeaddrinfo(found);
        return out;
    }

    int family = 0;
    socklen_t size = 0;
    sockaddr_storage storage{};
    const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::optional<OwnedFd> new_socket(int family, int type = SOCK_STREAM) {
    OwnedFd fd(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.is_open()) return std::nullopt;
    return fd;
}

/// A socket of type SOCK_STREAM listens, one of SOCK_DGRAM is bound.
Result<Listening> open_bound(std::string_view address, int type) {
    VD_TRY(Resolved resolved, Resolved::of(address));
    auto fd = new_socket(resolved.family, type);
    if (!fd && errno == EAFNOSUPPORT && address.front() == '*') {
        return open_bound("0.0.0.0" + std::string(address.substr(1)), type);  // without IPv6
    }
    if (!fd) return fail_errno("cannot make a socket", address);
    const int on = 1, off = 0;
    // Not for datagrams: two programs could then bind one port, and only one would be heard.
    if (type == SOCK_STREAM) ::setsockopt(fd->get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (resolved.family == AF_INET6 && address.front() == '*') {
        ::setsockopt(fd->get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (::bind(fd->get(), resolved.address(), resolved.size) != 0 ||
        (type == SOCK_STREAM && ::listen(fd->get(), kBacklog) != 0)) {
        return fail_errno("cannot listen", address);
    }
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(fd->get(), reinterpret_cast<sockaddr*>(&bound), &size);
    // The port stands at the same place in both families.
    const std::uint16_t port = ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
    return Listening{std::move(*fd), resolved.family, port};
}

Result<Listening> listen_unix(const std::string& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof name.sun_path) {
        return fail(ErrorCode::bad_input, "the path of a Unix socket must have 1 to 107 bytes",
                    path, "use a shorter data folder");
    }
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
    const auto* address = reinterpret_cast<const sockaddr*>(&name);
    struct stat info {};
    if (::lstat(path.c_str(), &info) == 0) {
        if (!S_ISSOCK(info.st_mode)) {
            return fail(ErrorCode::bad_input, "something that is not a socket is in the way", path);
        }
        const auto probe = new_socket(AF_UNIX);
        if (probe && ::connect(probe->get(), address, sizeof name) == 0) {
            return fail(ErrorCode::unavailable, "another process listens on this socket", path,
                        "is the same program running already?");
        }
        ::unlink(path.c_str());
    }
    auto fd = new_socket(AF_UNIX);
    if (!fd) return fail_errno("cannot make a socket", path);
    // Linux makes the file with the rights of the unbound socket: there is no moment in which
    // others could connect, and no process-wide umask to change.
    ::fchmod(fd->get(), 0600);
    if (::bind(fd->get(), address, sizeof name) != 0 || ::chmod(path.c_str(), 0600) != 0 ||
        ::listen(fd->get(), kBacklog) != 0) {
        return fail_errno("cannot listen", path);
    }
    return Listening{std::move(*fd), AF_UNIX, 0, path};
}

bool is_loopback(const Resolved& resolved) {
    if (resolved.family == AF_INET) {
        const auto* four = reinterpret_cast<const sockaddr_in*>(&resolved.storage);
        return ntohl(four->sin_addr.s_addr) >> 24 == 127;
    }
    const auto* six = reinterpret_cast<const sockaddr_in6*>(&resolved.storage);
    return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) && six->sin6_addr.s6_addr[12] == 127);
}

}  // namespace

Result<Listening> open_listening(std::string_view address) {
    if (address.substr(0, kUnixPrefix.size()) == kUnixPrefix) {
        return listen_unix(std::string(address.substr(kUnixPrefix.size())));
    }
    return open_bound(address, SOCK_STREAM);
}

Result<Listening> open_datagram(std::string_view address) {
    return open_bound(address, SOCK_DGRAM);
}

Result<bool> is_loopback_address(std::string_view listen) {
    if (listen.substr(0, kUnixPrefix.size()) == kUnixPrefix) return true;
    VD_TRY(const Resolved resolved, Resolved::of(listen));
    return is_loopback(resolved);
}

std::string peer_address(int fd) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return "unknown";
    if (peer.ss_family == AF_UNIX) return "unix";
    char text[INET6_ADDRSTRLEN] = "";
    if (peer.ss_family == AF_INET) {
        const auto* four = reinterpret_cast<const sockaddr_in*>(&peer);
        ::inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
        return text;
    }
    const auto* six = reinterpret_cast<const sockaddr_in6*>(&peer);
    if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
        ::inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], text, sizeof text);
    } else {
        ::inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
    }
    return text;
}

}  // namespace vedette::base
