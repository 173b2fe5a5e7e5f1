// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"
#include "tests/support/temporary_folder.h"

namespace vedette::tests {

/// Long enough for a loaded machine; a test that gets here has failed.
inline constexpr int kPatienceMs = 30'000;

/// A socket connected to a port of this machine, from any of its loopback addresses.
inline base::OwnedFd connected(int type, std::uint16_t port, const char* from = "127.0.0.1") {
    base::OwnedFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, from, &address.sin_addr);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
}

/// The same over IPv6; not open on a machine without it.
inline base::OwnedFd connected_over_v6(int type, std::uint16_t port) {
    base::OwnedFd fd(::socket(AF_INET6, type | SOCK_CLOEXEC, 0));
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    address.sin6_addr = in6addr_loopback;
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        return {};
    }
    return fd;
}

/// A sender over TCP that does only what it is told.
class TcpClient {
  public:
    explicit TcpClient(std::uint16_t port, const char* from = "127.0.0.1")
        : fd_(connected(SOCK_STREAM, port, from)) {}
    explicit TcpClient(base::OwnedFd fd) : fd_(std::move(fd)) {}

    /// False once the other side takes nothing more for `patience_ms`, or is gone.
    bool send(std::string_view bytes, int patience_ms = kPatienceMs) {
        while (!bytes.empty()) {
            pollfd wait{fd_.get(), POLLOUT, 0};
            if (::poll(&wait, 1, patience_ms) <= 0) return false;
            const ssize_t sent =
                ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno != EAGAIN) return false;
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Bytes that the kernel of the sender took, until it took nothing more for a while.
    std::size_t send_until_full(std::string_view bytes) {
        std::size_t total = 0;
        pollfd wait{fd_.get(), POLLOUT, 0};
        while (total < bytes.size() && ::poll(&wait, 1, 300) > 0) {
            const ssize_t sent = ::send(fd_.get(), bytes.data() + total, bytes.size() - total,
                                        MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent > 0) total += static_cast<std::size_t>(sent);
        }
        return total;
    }
    void half_close() { ::shutdown(fd_.get(), SHUT_WR); }
    void close() { fd_.reset(); }
    /// Ends the connection as a machine does that was switched off and on again.
    void reset() {
        const linger now{1, 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        fd_.reset();
    }
    /// What comes until `count` bytes are there or the other side ends.
    std::string receive(std::size_t count) {
        std::string out;
        char bytes[4096];
        while (out.size() < count) {
            pollfd wait{fd_.get(), POLLIN, 0};
            if (::poll(&wait, 1, kPatienceMs) <= 0) {
                ADD_FAILURE() << "the server is silent after: " << out;
                return out;
            }
            const ssize_t got =
                ::recv(fd_.get(), bytes, std::min(sizeof bytes, count - out.size()), 0);
            if (got <= 0) return out;
            out.append(bytes, static_cast<std::size_t>(got));
        }
        return out;
    }
    bool is_closed_by_server() { return receive(1).empty(); }
    int fd() const { return fd_.get(); }

  private:
    base::OwnedFd fd_;
};

class UdpClient {
  public:
    explicit UdpClient(std::uint16_t port, const char* from = "127.0.0.1")
        : fd_(connected(SOCK_DGRAM, port, from)) {}
    bool send(std::string_view bytes) {
        return ::send(fd_.get(), bytes.data(), bytes.size(), 0) ==
               static_cast<ssize_t>(bytes.size());
    }

  private:
    base::OwnedFd fd_;
};

/// Certificates made as an operator would: an authority, and what it signed.
class Certificates {
  public:
    Certificates() {
        run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
            "-subj /CN=authority -keyout authority.key -out authority.pem");
        sign("server");
        sign("client");
        run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
            "-subj /CN=stranger -keyout stranger.key -out stranger.pem");
    }
    std::string certificate(const std::string& name) const { return folder_ / (name + ".pem"); }
    std::string key(const std::string& name) const { return folder_ / (name + ".key"); }

  private:
    void sign(const std::string& name) {
        run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=" +
            name + " -keyout " + name + ".key -out " + name + ".csr");
        run("openssl x509 -req -days 2 -CA authority.pem -CAkey authority.key -CAcreateserial "
            "-in " +
            name + ".csr -out " + name + ".pem");
    }
    void run(const std::string& command) {
        const std::string whole = "cd " + folder_.path() + " && " + command + " 2>/dev/null";
        EXPECT_EQ(std::system(whole.c_str()), 0) << command;
    }

    TemporaryFolder folder_;
};

/// A sender over TLS. `name`: whose certificate it shows; empty: none.
class TlsClient {
  public:
    TlsClient(std::uint16_t port, const Certificates& certificates, const std::string& name,
              int version = TLS1_3_VERSION)
        : client_(port), context_(::SSL_CTX_new(TLS_client_method()), ::SSL_CTX_free) {
        ::SSL_CTX_set_security_level(context_.get(), 0);
        ::SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        ::SSL_CTX_set_max_proto_version(context_.get(), version);
        if (!name.empty()) {
            ::SSL_CTX_use_certificate_file(context_.get(), certificates.certificate(name).c_str(),
                                           SSL_FILETYPE_PEM);
            ::SSL_CTX_use_PrivateKey_file(context_.get(), certificates.key(name).c_str(),
                                          SSL_FILETYPE_PEM);
        }
        ssl_ = {::SSL_new(context_.get()), ::SSL_free};
        ::SSL_set_fd(ssl_.get(), client_.fd());
        is_connected_ = ::SSL_connect(ssl_.get()) == 1;
    }
    bool is_connected() const { return is_connected_; }
    bool send(std::string_view bytes) {
        return ::SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
               static_cast<int>(bytes.size());
    }
    std::string receive(std::size_t count) {
        std::string out(count, '\0');
        std::size_t size = 0;
        while (size < count) {
            const int got =
                ::SSL_read(ssl_.get(), out.data() + size, static_cast<int>(count - size));
            if (got <= 0) break;
            size += static_cast<std::size_t>(got);
        }
        out.resize(size);
        return out;
    }
    void close() { ::SSL_shutdown(ssl_.get()); }

  private:
    TcpClient client_;
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, ::SSL_free};
    bool is_connected_ = false;
};

}  // namespace vedette::tests
