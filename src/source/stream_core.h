// SPDX-License-Identifier: Apache-2.0
#pragma once

// The inside of StreamListener: only stream_listener.cpp and stream_session.cpp include this.
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "source/stream_listener.h"

namespace vedette::source::stream_detail {

/// One connection as its listener sees it.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    virtual ~Connection() = default;
    virtual void start() = 0;
    /// Reads nothing more, hands over, answers, closes.
    virtual void finish_soon() = 0;
    virtual void abort() = 0;
    virtual const std::string& peer() const = 0;
};

/// What a listener tells of itself beside the stage's counters.
struct Numbers {
    Numbers(base::CounterRegistry& counters, const std::string& source);

    base::StageCounters& stage;
    std::atomic<std::uint64_t>&connections, &connections_open;
    std::atomic<std::uint64_t>&refused_limit, &refused_peer, &refused_handshake;
    std::atomic<std::uint64_t>&timeouts, &unfinished, &waits;
    std::atomic<std::uint64_t>& dropped_stopping;
};

/// What all connections of one listener share. Held by each of them, so that news of a chunk that
/// come after the listener is gone still find valid memory.
struct Core {
    Core(StreamListenerSettings settings_in, const SourceContext& context_in,
         std::shared_ptr<SenderFormats> formats_in, StreamListener::MakeProtocol make_protocol_in);

    /// Posts to the listener's thread, unless it is gone.
    template <typename Function>
    void post_if_running(Function function);

    /// False if there are too many connections already, of all or of this peer.
    bool add(const std::shared_ptr<Connection>& connection);
    void remove(const std::shared_ptr<Connection>& connection);
    std::unordered_set<std::shared_ptr<Connection>> all();
    /// Waits until all connections are gone; false on time-out.
    bool wait_until_empty(int timeout_ms);

    const StreamListenerSettings settings;
    const SourceContext context;
    const std::shared_ptr<SenderFormats> formats;
    const StreamListener::MakeProtocol make_protocol;
    Numbers numbers;
    boost::asio::io_context io{1};
    std::unique_ptr<boost::asio::ssl::context> tls;

    std::mutex mutex;
    std::condition_variable changed;
    std::unordered_set<std::shared_ptr<Connection>> connections;
    std::map<std::string, std::size_t> connections_of_peer;
    bool is_stopping = false;  // no new connections
    bool is_stopped = false;   // nobody runs `io`
};

/// Wraps an accepted socket; the descriptor is taken over.
std::shared_ptr<Connection> make_connection(std::shared_ptr<Core> core, int family, int fd,
                                            std::string peer);

}  // namespace vedette::source::stream_detail
