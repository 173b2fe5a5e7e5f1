// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/http_server.h"

/// A hand-made sender of HTTP, and servers for it: for tests of what no proper client does.
namespace vedette::tests {

using base::HttpHandlers;
using base::HttpRequest;
using base::HttpResponder;
using base::HttpServer;
using base::HttpServerSettings;
using base::OwnedFd;

/// Long enough for a loaded machine; a test that gets here has failed.
inline constexpr int kPatienceMs = 20'000;

/// A sender that does only what it is told.
class RawClient {
  public:
    explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    explicit RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void half_close() { ::shutdown(fd_.get(), SHUT_WR); }

    /// Head and body of the next answer; empty when the server closed.
    std::string receive(bool is_head_only = false) {
        std::size_t head_end;
        while ((head_end = pending_.find("\r\n\r\n")) == std::string::npos) {
            if (!read_some()) return std::exchange(pending_, {});
        }
        std::size_t size = head_end + 4;
        const std::size_t length = pending_.find("Content-Length: ");
        if (!is_head_only && length < head_end) size += std::stoul(pending_.substr(length + 16));
        while (pending_.size() < size) {
            if (!read_some()) break;
        }
        const std::string out = pending_.substr(0, size);
        pending_.erase(0, size);
        return out;
    }
    /// Whether the server ends the connection without another byte.
    bool is_closed_by_server() { return pending_.empty() && !read_some(); }
    bool has_bytes_within_ms(int ms) {
        pollfd wait{fd_.get(), POLLIN, 0};
        return !pending_.empty() || ::poll(&wait, 1, ms) > 0;
    }
    int fd() const { return fd_.get(); }

  private:
    bool read_some() {
        char bytes[4096];
        pollfd wait{fd_.get(), POLLIN, 0};
        if (::poll(&wait, 1, kPatienceMs) <= 0) {
            ADD_FAILURE() << "the server is silent";
            return false;
        }
        const ssize_t got = ::recv(fd_.get(), bytes, sizeof bytes, 0);
        if (got <= 0) return false;
        pending_.append(bytes, static_cast<std::size_t>(got));
        return true;
    }

    OwnedFd fd_;
    std::string pending_;
};

inline std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

/// Gives back what it got: method, path, query and body.
inline HttpHandlers echo() {
    return {[](HttpRequest request, HttpResponder respond) {
        respond({200,
                 request.method + " " + request.path + "?" + request.query + " " + request.body,
                 "text/plain"});
    }};
}

/// A door that opens once, for handlers that answer late.
class Gate {
  public:
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }
    bool wait() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::milliseconds(kPatienceMs),
                                 [&] { return is_open_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false;
};

struct Running {
    explicit Running(HttpHandlers handlers, HttpServerSettings settings = {})
        : server(
              [&] {
                  if (settings.listen.empty()) settings.listen = "127.0.0.1:0";
                  return settings;
              }(),
              std::move(handlers)) {
        const auto started = server.start();
        EXPECT_TRUE(started) << started.error().message();
    }
    RawClient client() { return RawClient(server.port()); }
    HttpServer server;
};

inline bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace vedette::tests
