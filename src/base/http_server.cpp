// SPDX-License-Identifier: Apache-2.0
#include "base/http_server.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <thread>

#include "base/check.h"
#include "base/http_server_core.h"
#include "base/http_server_listen.h"
#include "base/log.h"
#include "base/tls_context.h"

namespace vedette::base {

namespace asio = boost::asio;

namespace http_detail {

std::uint64_t Admission::ask(std::size_t bytes, Granted granted) {
    std::unique_lock lock(mutex_);
    const std::uint64_t ticket = next_ticket_++;
    wishes_.push_back({ticket, bytes, std::move(granted)});
    serve(std::move(lock));
    return ticket;
}

bool Admission::cancel(std::uint64_t ticket) {
    std::unique_lock lock(mutex_);
    const auto found = std::find_if(wishes_.begin(), wishes_.end(),
                                    [&](const Wish& wish) { return wish.ticket == ticket; });
    if (found == wishes_.end()) return false;
    wishes_.erase(found);
    serve(std::move(lock));  // a smaller one behind it may fit
    return true;
}

void Admission::give_back(std::size_t requests, std::size_t bytes) {
    std::unique_lock lock(mutex_);
    requests_left_ += requests;
    bytes_left_ += bytes;
    serve(std::move(lock));
}

void Admission::serve(std::unique_lock<std::mutex> lock) {
    std::deque<Wish> ready;
    while (!wishes_.empty() && requests_left_ > 0 && wishes_.front().bytes <= bytes_left_) {
        --requests_left_;
        bytes_left_ -= wishes_.front().bytes;
        ready.push_back(std::move(wishes_.front()));
        wishes_.pop_front();
    }
    lock.unlock();
    for (const Wish& wish : ready) wish.granted();
}

Core::Core(HttpServerSettings settings_in, HttpHandlers handlers_in)
    : settings(std::move(settings_in)),
      handlers(std::move(handlers_in)),
      admission(settings.requests_in_flight_max,
                std::max(settings.bodies_bytes_max, settings.body_bytes_max)),
      io(std::max(1, settings.threads)) {}

void Core::add(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex);
    connections.insert(connection);
    counters.connections_open = connections.size();
}

void Core::remove(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex);
    connections.erase(connection);
    counters.connections_open = connections.size();
    if (connections.empty()) changed.notify_all();
}

std::size_t Core::connection_count() {
    const std::lock_guard lock(mutex);
    return connections.size();
}

bool Core::is_stopping() {
    const std::lock_guard lock(mutex);
    return stopping;
}

bool Core::wait_until_empty(int timeout_ms) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                            [&] { return connections.empty(); });
}

}  // namespace http_detail

namespace {

using http_detail::Core;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

/// Connections over the limit that are being told so; beyond these they are just closed.
constexpr std::size_t kRefusalsMax = 32;
/// Pause after a failed accept (usually: no descriptors left), so that we do not spin.
constexpr std::chrono::milliseconds kAcceptPause(100);
/// Aborted connections only have to run their last callbacks.
constexpr int kAbortTimeoutMs = 5'000;

}  // namespace

struct HttpServer::Impl {
    explicit Impl(std::shared_ptr<Core> core_in) : core(std::move(core_in)) {}

    void accept_next() {
        acceptor->async_accept(
            core->io, [this](const boost::system::error_code& error, auto socket) {
                if (!acceptor->is_open()) return;
                if (error) {
                    log::warn("http.accept_failed", {{"reason", error.message()}});
                    pause->expires_after(kAcceptPause);
                    pause->async_wait([this](const boost::system::error_code& cancelled) {
                        if (!cancelled && acceptor->is_open()) accept_next();
                    });
                    return;
                }
                boost::system::error_code ignored;
                take(OwnedFd(socket.release(ignored)));
                accept_next();
            });
    }

    void take(OwnedFd socket) {
        const std::size_t open = core->connection_count();
        core->counters.connections.fetch_add(1, std::memory_order_relaxed);
        auto welcome = http_detail::Welcome::serve;
        if (open >= core->settings.connections_max) {
            core->counters.connections_refused.fetch_add(1, std::memory_order_relaxed);
            // A TLS handshake only to say no would cost more than it tells.
            if (core->tls || open >= core->settings.connections_max + kRefusalsMax) return;
            welcome = http_detail::Welcome::refuse;
        }
        const auto connection =
            http_detail::make_connection(core, family, socket.release(), welcome);
        core->add(connection);
        connection->start();
    }

    // Connections and late responders share it: an answer may come when the server is gone.
    std::shared_ptr<Core> core;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
    std::optional<asio::strand<asio::io_context::executor_type>> accept_strand;
    std::optional<Acceptor> acceptor;
    std::optional<asio::steady_timer> pause;
    int family = 0;
    std::atomic<std::uint16_t> port{0};
    std::string unix_path;
    std::vector<std::thread> threads;
};

HttpServer::HttpServer(HttpServerSettings settings, HttpHandlers handlers)
    : impl_(std::make_unique<Impl>(
          std::make_shared<Core>(std::move(settings), std::move(handlers)))) {
    VD_CHECK(impl_->core->handlers.handle);
}

HttpServer::~HttpServer() { stop(); }

Result<void> HttpServer::start() {
    VD_CHECK(impl_->threads.empty());
    Core& core = *impl_->core;
    if (core.settings.certificate_path.empty() != core.settings.key_path.empty()) {
        return fail(ErrorCode::bad_input, "TLS needs a certificate and its key",
                    core.settings.certificate_path + core.settings.key_path);
    }
    if (!core.settings.certificate_path.empty()) {
        VD_TRY(core.tls,
               make_tls_server_context(core.settings.certificate_path, core.settings.key_path));
    }
    VD_TRY(Listening listening, open_listening(core.settings.listen));
    impl_->family = listening.family;
    impl_->port = listening.port;
    impl_->unix_path = listening.unix_path;
    impl_->accept_strand.emplace(core.io.get_executor());
    impl_->acceptor.emplace(*impl_->accept_strand);
    impl_->pause.emplace(*impl_->accept_strand);
    boost::system::error_code error;
    const int fd = listening.fd.release();
    impl_->acceptor->assign(asio::generic::stream_protocol(listening.family, SOCK_STREAM), fd,
                            error);
    if (error) {
        ::close(fd);
        return fail(ErrorCode::io, "cannot listen: " + error.message(), core.settings.listen);
    }
    impl_->work.emplace(core.io.get_executor());
    asio::post(*impl_->accept_strand, [this] { impl_->accept_next(); });
    for (int i = 0; i < std::max(1, core.settings.threads); ++i) {
        impl_->threads.emplace_back([&core] { core.io.run(); });
    }
    return {};
}

void HttpServer::stop() {
    if (impl_->threads.empty()) return;
    Core& core = *impl_->core;
    asio::post(*impl_->accept_strand, [this] {
        boost::system::error_code ignored;
        impl_->acceptor->close(ignored);
        impl_->pause->cancel();
    });
    std::unordered_set<std::shared_ptr<http_detail::Connection>> open;
    {
        const std::lock_guard lock(core.mutex);
        core.stopping = true;
        open = core.connections;
    }
    for (const auto& connection : open) connection->finish_soon();
    if (!core.wait_until_empty(core.settings.stop_timeout_ms)) {
        {
            const std::lock_guard lock(core.mutex);
            open = core.connections;
        }
        log::warn("http.stop_cut_connections", {{"connections", open.size()}});
        for (const auto& connection : open) connection->abort();
        core.wait_until_empty(kAbortTimeoutMs);
    }
    open.clear();
    impl_->work.reset();
    core.io.stop();
    for (std::thread& thread : impl_->threads) thread.join();
    impl_->threads.clear();
    {
        const std::lock_guard lock(core.mutex);
        core.stopped = true;
    }
    // Callbacks that were ready hold connections, which hold the core: run them, or nobody frees
    // it.
    core.io.restart();
    core.io.poll();
    core.connections.clear();
    impl_->acceptor.reset();
    impl_->pause.reset();
    if (!impl_->unix_path.empty()) ::unlink(impl_->unix_path.c_str());
}

std::uint16_t HttpServer::port() const { return impl_->port; }

const HttpServerCounters& HttpServer::counters() const { return impl_->core->counters; }

}  // namespace vedette::base
