// SPDX-License-Identifier: Apache-2.0
#include "source/stream_listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <thread>

#include "base/check.h"
#include "base/http_server_listen.h"
#include "base/log.h"
#include "source/stream_core.h"
#include "source/stream_tls.h"

namespace vedette::source {

namespace asio = boost::asio;
using base::ErrorCode;
using base::fail;
using base::Result;

namespace stream_detail {

Numbers::Numbers(base::CounterRegistry& counters, const std::string& source)
    : stage(counters.stage("source " + source)),
      connections(counters.number("vedette_source_connections_total", "source=\"" + source + "\"")),
      connections_open(
          counters.number("vedette_source_connections_open", "source=\"" + source + "\"")),
      refused_limit(counters.number("vedette_source_connections_refused_total",
                                    "source=\"" + source + "\",reason=\"too_many\"")),
      refused_peer(counters.number("vedette_source_connections_refused_total",
                                   "source=\"" + source + "\",reason=\"not_allowed\"")),
      refused_handshake(counters.number("vedette_source_connections_refused_total",
                                        "source=\"" + source + "\",reason=\"handshake\"")),
      timeouts(counters.number("vedette_source_timeouts_total", "source=\"" + source + "\"")),
      unfinished(
          counters.number("vedette_source_unfinished_messages_total", "source=\"" + source + "\"")),
      waits(counters.number("vedette_source_waits_total", "source=\"" + source + "\"")),
      dropped_stopping(counters.number("vedette_source_dropped_total",
                                       "source=\"" + source + "\",reason=\"stopping\"")) {}

Core::Core(StreamListenerSettings settings_in, const SourceContext& context_in,
           std::shared_ptr<SenderFormats> formats_in, StreamListener::MakeProtocol make_protocol_in)
    : settings(std::move(settings_in)),
      context(context_in),
      formats(std::move(formats_in)),
      make_protocol(std::move(make_protocol_in)),
      numbers(context.counters, context.name) {}

bool Core::add(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex);
    if (is_stopping || connections.size() >= settings.connections_max) return false;
    std::size_t& of_peer = connections_of_peer[connection->peer()];
    // Rounded up, so that one connection is allowed where one is the limit.
    if (of_peer >= (settings.connections_max + 1) / 2) return false;
    ++of_peer;
    connections.insert(connection);
    numbers.connections_open.fetch_add(1);
    return true;
}

void Core::remove(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex);
    if (connections.erase(connection) == 0) return;
    const auto of_peer = connections_of_peer.find(connection->peer());
    if (--of_peer->second == 0) connections_of_peer.erase(of_peer);
    numbers.connections_open.fetch_sub(1);
    if (connections.empty()) changed.notify_all();
}

std::unordered_set<std::shared_ptr<Connection>> Core::all() {
    const std::lock_guard lock(mutex);
    return connections;
}

bool Core::wait_until_empty(int timeout_ms) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                            [&] { return connections.empty(); });
}

}  // namespace stream_detail

namespace {

using stream_detail::Core;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

/// Pause after a failed accept (usually: no descriptors left), so that we do not spin.
constexpr std::chrono::milliseconds kAcceptPause(100);
/// Aborted connections only have to run their last callbacks.
constexpr int kAbortTimeoutMs = 5'000;
/// A peer that was switched off is noticed after two minutes.
constexpr int kKeepAliveIdleSeconds = 60, kKeepAliveIntervalSeconds = 15, kKeepAliveProbes = 4;

void find_dead_peers(int fd) {
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &kKeepAliveIdleSeconds, sizeof(int));
    ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &kKeepAliveIntervalSeconds, sizeof(int));
    ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &kKeepAliveProbes, sizeof(int));
    // Answers are small and waited for.
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

struct StreamListener::Impl {
    explicit Impl(std::shared_ptr<Core> core_in) : core(std::move(core_in)) {}

    void accept_next() {
        acceptor->async_accept(
            core->io, [this](const boost::system::error_code& error, auto socket) {
                if (!acceptor->is_open()) return;
                if (error) {
                    base::log::warn("source.accept_failed", {{"reason", error.message()}});
                    pause->expires_after(kAcceptPause);
                    pause->async_wait([this](const boost::system::error_code& cancelled) {
                        if (!cancelled && acceptor->is_open()) accept_next();
                    });
                    return;
                }
                boost::system::error_code ignored;
                take(base::OwnedFd(socket.release(ignored)));
                accept_next();
            });
    }

    void take(base::OwnedFd socket) {
        auto& numbers = core->numbers;
        numbers.connections.fetch_add(1, std::memory_order_relaxed);
        const std::string peer = base::peer_address(socket.get());
        const auto address = event::read_address(peer);
        if (!address || !core->settings.allowed.allows(*address)) {
            numbers.refused_peer.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        find_dead_peers(socket.get());
        const auto connection =
            stream_detail::make_connection(core, family, socket.release(), peer);
        if (!core->add(connection)) {
            numbers.refused_limit.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        connection->start();
    }

    // Connections and late news of chunks share it.
    std::shared_ptr<Core> core;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
    std::optional<Acceptor> acceptor;
    std::optional<asio::steady_timer> pause;
    int family = 0;
    std::atomic<std::uint16_t> port{0};
    std::thread thread;
};

StreamListener::StreamListener(StreamListenerSettings settings, const SourceContext& context,
                               std::shared_ptr<SenderFormats> formats, MakeProtocol make_protocol)
    : impl_(std::make_unique<Impl>(std::make_shared<Core>(
          std::move(settings), context, std::move(formats), std::move(make_protocol)))) {}

StreamListener::~StreamListener() { stop(); }

Result<void> StreamListener::start() {
    VD_CHECK(!impl_->thread.joinable());
    Core& core = *impl_->core;
    if (core.settings.tls.is_wanted()) {
        VD_TRY(core.tls, make_tls_context(core.settings.tls));
    }
    VD_TRY(base::Listening listening, base::open_listening(core.settings.listen));
    impl_->family = listening.family;
    impl_->port = listening.port;
    impl_->acceptor.emplace(core.io);
    impl_->pause.emplace(core.io);
    boost::system::error_code error;
    const int fd = listening.fd.release();
    impl_->acceptor->assign(asio::generic::stream_protocol(listening.family, SOCK_STREAM), fd,
                            error);
    if (error) {
        ::close(fd);
        return fail(ErrorCode::io, "cannot listen: " + error.message(), core.settings.listen);
    }
    impl_->work.emplace(core.io.get_executor());
    asio::post(core.io, [this] { impl_->accept_next(); });
    impl_->thread = std::thread([&core] { core.io.run(); });
    return {};
}

void StreamListener::stop() {
    if (!impl_->thread.joinable()) return;
    Core& core = *impl_->core;
    asio::post(core.io, [this] {
        boost::system::error_code ignored;
        impl_->acceptor->close(ignored);
        impl_->pause->cancel();
    });
    {
        const std::lock_guard lock(core.mutex);
        core.is_stopping = true;
    }
    for (const auto& connection : core.all()) connection->finish_soon();
    if (!core.wait_until_empty(core.settings.stop_timeout_ms)) {
        const auto open = core.all();
        base::log::warn("source.stop_cut_connections",
                        {{"source", core.context.name}, {"connections", open.size()}});
        for (const auto& connection : open) connection->abort();
        core.wait_until_empty(kAbortTimeoutMs);
    }
    impl_->work.reset();
    core.io.stop();
    impl_->thread.join();
    {
        const std::lock_guard lock(core.mutex);
        core.is_stopped = true;
    }
    // Callbacks that were ready hold connections, which hold the core: run them, or nobody frees
    // it.
    core.io.restart();
    core.io.poll();
    core.connections.clear();
    impl_->acceptor.reset();
    impl_->pause.reset();
}

std::uint16_t StreamListener::port() const { return impl_->port; }

}  // namespace vedette::source
