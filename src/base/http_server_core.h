// SPDX-License-Identifier: Apache-2.0
#pragma once

// The inside of HttpServer: only http_server.cpp and http_server_session.cpp include this, so that
// nobody else pays for Boost.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "base/http_server.h"

namespace vedette::base::http_detail {

/// One connection as its server sees it.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    virtual ~Connection() = default;
    virtual void start() = 0;
    /// Ends now if nothing was begun, else after the answer that is due.
    virtual void finish_soon() = 0;
    virtual void abort() = 0;
    virtual void answer(HttpResponse response) = 0;
};

/// How many requests and body bytes are held at once. Who asks gets in in order of asking.
/// Threads: any. `granted` is called without the lock held, from whoever made room.
class Admission {
  public:
    using Granted = std::function<void()>;
    Admission(std::size_t requests_max, std::size_t bytes_max)
        : requests_left_(requests_max), bytes_left_(bytes_max) {}

    /// Calls `granted` now or later; the ticket takes the wish back.
    std::uint64_t ask(std::size_t bytes, Granted granted);
    /// Whether it was still waiting. If not, `granted` was or is being called.
    bool cancel(std::uint64_t ticket);
    void give_back(std::size_t requests, std::size_t bytes);

  private:
    struct Wish {
        std::uint64_t ticket;
        std::size_t bytes;
        Granted granted;
    };
    void serve(std::unique_lock<std::mutex> lock);

    std::mutex mutex_;
    std::size_t requests_left_;
    std::size_t bytes_left_;
    std::uint64_t next_ticket_ = 1;
    std::deque<Wish> wishes_;
};

/// What all connections of one server share. Held by each of them, so that an answer that comes
/// after the server is gone still finds valid memory.
struct Core {
    Core(HttpServerSettings settings_in, HttpHandlers handlers_in);

    /// Posts to the connection's executor, unless nobody would run it any more.
    template <typename Executor, typename Function>
    void post_if_running(const Executor& executor, Function function);

    void add(const std::shared_ptr<Connection>& connection);
    void remove(const std::shared_ptr<Connection>& connection);
    std::size_t connection_count();
    bool is_stopping();
    /// Waits until all connections are gone; false on time-out.
    bool wait_until_empty(int timeout_ms);

    const HttpServerSettings settings;
    const HttpHandlers handlers;
    HttpServerCounters counters;
    Admission admission;
    boost::asio::io_context io;
    std::unique_ptr<boost::asio::ssl::context> tls;

    std::mutex mutex;
    std::condition_variable changed;
    std::unordered_set<std::shared_ptr<Connection>> connections;
    bool stopping = false;  // no new requests
    bool stopped = false;   // nobody runs `io`
};

enum class Welcome { serve, refuse };

/// Wraps an accepted socket; the descriptor is taken over.
std::shared_ptr<Connection> make_connection(std::shared_ptr<Core> core, int family, int fd,
                                            Welcome welcome);

}  // namespace vedette::base::http_detail
