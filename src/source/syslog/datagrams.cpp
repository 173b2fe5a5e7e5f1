// SPDX-License-Identifier: Apache-2.0
#include "source/syslog/datagrams.h"

#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>

#include "base/http_server_listen.h"
#include "base/log.h"
#include "event/limits.h"
#include "source/syslog/limits.h"

namespace vedette::source::syslog {

using base::Result;
using Steady = std::chrono::steady_clock;

namespace {

/// How quickly a stop is noticed, and how old the count of drops may be.
constexpr int kQuietMs = 100;
/// Pause before a chunk is offered again that found no room.
constexpr std::chrono::milliseconds kOfferAgain(10);
constexpr std::string_view kEnds("\n\r\0", 3);

event::Address address_of(const sockaddr_storage& peer) {
    event::Address out;
    if (peer.ss_family == AF_INET6) {
        const auto& six = reinterpret_cast<const sockaddr_in6&>(peer);
        std::memcpy(out.bytes.data(), &six.sin6_addr, out.bytes.size());
    } else {
        const auto& four = reinterpret_cast<const sockaddr_in&>(peer);
        out.bytes[10] = out.bytes[11] = 0xFF;
        std::memcpy(out.bytes.data() + 12, &four.sin_addr, 4);
    }
    return out;
}

std::string labels(const std::string& source, std::string_view reason) {
    return "source=\"" + source + "\",reason=\"" + std::string(reason) + "\"";
}

/// Asks for a large buffer: as root whatever the system's maximum says, else up to that.
void set_receive_buffer(int fd, std::size_t wanted_bytes, const std::string& source) {
    const int wanted = static_cast<int>(wanted_bytes);
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0) {
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
    }
    int got = 0;
    socklen_t size = sizeof got;
    ::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &size);
    // The kernel gives twice what was asked for, for its own book-keeping.
    if (got / 2 >= wanted) return;
    base::log::warn("source.small_receive_buffer",
                    {{"source", source},
                     {"wanted_bytes", wanted},
                     {"got_bytes", got / 2},
                     {"hint", "sysctl net.core.rmem_max=" + std::to_string(wanted)}});
}

}  // namespace

/// What one system call fills.
struct DatagramReceiver::Arena {
    std::array<std::array<char, kDatagramBytesMax>, kDatagramsPerCall> bytes;
    std::array<sockaddr_storage, kDatagramsPerCall> peers{};
    std::array<iovec, kDatagramsPerCall> places{};
    std::array<mmsghdr, kDatagramsPerCall> messages{};

    /// Number of datagrams received; 0 if none is there.
    std::size_t receive(int fd) {
        for (std::size_t i = 0; i < kDatagramsPerCall; ++i) {
            places[i] = {bytes[i].data(), bytes[i].size()};
            messages[i].msg_hdr = {};
            messages[i].msg_hdr.msg_name = &peers[i];
            messages[i].msg_hdr.msg_namelen = sizeof peers[i];
            messages[i].msg_hdr.msg_iov = &places[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        const int got = ::recvmmsg(fd, messages.data(), kDatagramsPerCall, MSG_DONTWAIT, nullptr);
        return got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    std::string_view datagram(std::size_t i) const {
        return {bytes[i].data(), messages[i].msg_len};
    }
};

/// Chunks on their way to the journal and those that found no room. Shared with the callbacks,
/// which may outlive the receiver.
class DatagramReceiver::Outbox : public std::enable_shared_from_this<Outbox> {
  public:
    Outbox(ChunkSink& sink, base::StageCounters& stage) : sink_(sink), stage_(stage) {}

    void put(event::Chunk chunk) {
        const std::lock_guard lock(mutex_);
        held_bytes_ += cost(chunk);
        waiting_.push_back(std::make_shared<const event::Chunk>(std::move(chunk)));
    }

    /// Offers what waits, in order. False if the sink had no room for all.
    bool offer() {
        for (;;) {
            SharedChunk next;
            {
                const std::lock_guard lock(mutex_);
                if (waiting_.empty()) return true;
                next = waiting_.front();
            }
            const auto on_fate = [self = shared_from_this(), next](Acceptance acceptance) {
                self->settle(next, acceptance);
            };
            if (!sink_.offer(*next, on_fate)) return false;
            const std::lock_guard lock(mutex_);
            waiting_.pop_front();
        }
    }

    bool is_full() const {
        const std::lock_guard lock(mutex_);
        return held_bytes_ >= kWaitingBytesMax;
    }
    bool is_empty() const {
        const std::lock_guard lock(mutex_);
        return held_bytes_ == 0;
    }
    bool has_waiting() const {
        const std::lock_guard lock(mutex_);
        return !waiting_.empty();
    }
    void wait(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, time);
    }
    /// Gives up what the sink did not take; the number of records.
    std::uint64_t give_up() {
        const std::lock_guard lock(mutex_);
        std::uint64_t count = 0;
        for (const SharedChunk& chunk : waiting_) {
            count += chunk->record_count();
            held_bytes_ -= cost(*chunk);
        }
        waiting_.clear();
        return count;
    }

  private:
    using SharedChunk = std::shared_ptr<const event::Chunk>;

    // Empty messages cost too.
    static std::size_t cost(const event::Chunk& chunk) {
        return chunk.bytes.size() + chunk.record_count() * sizeof(std::uint32_t) + 256;
    }

    void settle(const SharedChunk& chunk, Acceptance acceptance) {
        const std::lock_guard lock(mutex_);
        if (acceptance == Acceptance::durable) {
            held_bytes_ -= cost(*chunk);
            stage_.sent.fetch_add(chunk->record_count(), std::memory_order_relaxed);
        } else {
            stage_.errors.fetch_add(1, std::memory_order_relaxed);
            waiting_.push_back(chunk);
        }
        changed_.notify_all();
    }

    ChunkSink& sink_;
    base::StageCounters& stage_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<SharedChunk> waiting_;
    std::size_t held_bytes_ = 0;
};

/// Datagrams of one round, by sender.
class DatagramReceiver::Gathered {
  public:
    bool has_room() const {
        return datagrams_ < kGatheredDatagramsMax && bytes_ < kGatheredBytesMax;
    }
    bool is_empty() const { return chunks_.empty(); }

    void add(const event::Address& peer, std::string_view message) {
        ++datagrams_;
        bytes_ += message.size();
        const auto [entry, is_new] = open_.try_emplace(peer, chunks_.size());
        const bool has_place =
            !is_new && chunks_[entry->second].record_count() < event::kChunkRecordsMax &&
            chunks_[entry->second].bytes.size() + message.size() <= event::kChunkBytesMax;
        if (!has_place) {
            entry->second = chunks_.size();
            chunks_.emplace_back().envelope.origin = event::Network{peer, 128}.text();
        }
        chunks_[entry->second].add_record(message);
    }

    std::vector<event::Chunk> take() {
        open_.clear();
        datagrams_ = bytes_ = 0;
        return std::exchange(chunks_, {});
    }

  private:
    std::vector<event::Chunk> chunks_;
    std::map<event::Address, std::size_t> open_;  // the chunk that a sender's next message goes to
    std::size_t datagrams_ = 0, bytes_ = 0;
};

DatagramReceiver::DatagramReceiver(DatagramSettings settings, const SourceContext& context,
                                   std::shared_ptr<SenderFormats> formats)
    : settings_(std::move(settings)),
      context_(context),
      formats_(std::move(formats)),
      stage_(context_.counters.stage("source " + context_.name)),
      datagrams_(context_.counters.number("vedette_source_datagrams_total",
                                          "source=\"" + context_.name + "\"")),
      dropped_full_(context_.counters.number("vedette_source_dropped_total",
                                             labels(context_.name, "buffer_full"))),
      dropped_peer_(context_.counters.number("vedette_source_dropped_total",
                                             labels(context_.name, "not_allowed"))),
      dropped_empty_(
          context_.counters.number("vedette_source_dropped_total", labels(context_.name, "empty"))),
      dropped_stopping_(context_.counters.number("vedette_source_dropped_total",
                                                 labels(context_.name, "stopping"))),
      arena_(std::make_unique<Arena>()),
      outbox_(std::make_shared<Outbox>(context_.sink, stage_)) {}

DatagramReceiver::~DatagramReceiver() { stop(); }

Result<void> DatagramReceiver::start() {
    VD_TRY(base::Listening listening, base::open_datagram(settings_.listen));
    set_receive_buffer(listening.fd.get(), settings_.receive_buffer_bytes, context_.name);
    fd_ = std::move(listening.fd);
    port_ = listening.port;
    if (!count_kernel_drops()) {
        base::log::warn("source.drops_not_counted", {{"source", context_.name}});
    }
    thread_ = std::thread([this] { run(); });
    return {};
}

void DatagramReceiver::stop() {
    must_stop_ = true;
    if (thread_.joinable()) thread_.join();
}

void DatagramReceiver::run() {
    Gathered gathered;
    while (!must_stop_) {
        const bool is_taken = outbox_->offer();
        if (outbox_->is_full()) {
            outbox_->wait(kOfferAgain);
        } else if (wait_for_datagrams()) {
            while (gathered.has_room() && receive(gathered)) continue;
            offer(gathered);
        }
        if (!is_taken) outbox_->wait(kOfferAgain);
        count_kernel_drops();
        stage_.cpu_ns.store(base::thread_cpu_ns(), std::memory_order_relaxed);
    }
    finish();
}

// Not for long when chunks wait: they are offered again in between.
bool DatagramReceiver::wait_for_datagrams() const {
    pollfd wait{fd_.get(), POLLIN, 0};
    return ::poll(&wait, 1, outbox_->has_waiting() ? 1 : kQuietMs) > 0;
}

// False if no datagram was there.
bool DatagramReceiver::receive(Gathered& gathered) {
    const std::size_t count = arena_->receive(fd_.get());
    datagrams_.fetch_add(count, std::memory_order_relaxed);
    for (std::size_t i = 0; i < count; ++i) {
        std::string_view message = arena_->datagram(i);
        stage_.bytes.fetch_add(message.size(), std::memory_order_relaxed);
        const event::Address peer = address_of(arena_->peers[i]);
        if (!settings_.allowed.allows(peer)) {
            drop(dropped_peer_, 1);
            continue;
        }
        message = message.substr(0, message.find_last_not_of(kEnds) + 1);  // npos + 1 is 0
        if (message.empty()) {
            drop(dropped_empty_, 1);
            continue;
        }
        gathered.add(peer, message);
    }
    return count > 0;
}

void DatagramReceiver::offer(Gathered& gathered) {
    for (event::Chunk& chunk : gathered.take()) {
        chunk.envelope.source = context_.name;
        chunk.envelope.arrival = context_.clock.now();
        formats_->stamp(chunk);
        stage_.received.fetch_add(chunk.record_count(), std::memory_order_relaxed);
        outbox_->put(std::move(chunk));
    }
    outbox_->offer();
}

// False if this kernel does not tell (before Linux 4.12).
bool DatagramReceiver::count_kernel_drops() {
    std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
    socklen_t size = sizeof info;
    if (::getsockopt(fd_.get(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) != 0 ||
        size <= SK_MEMINFO_DROPS * sizeof(std::uint32_t)) {
        return false;
    }
    const std::uint32_t drops = info[SK_MEMINFO_DROPS];
    // The kernel's number has 32 bits: the difference is right across its wrap.
    drop(dropped_full_, static_cast<std::uint32_t>(drops - kernel_drops_));
    kernel_drops_ = drops;
    return true;
}

void DatagramReceiver::drop(std::atomic<std::uint64_t>& reason, std::uint64_t count) {
    if (count == 0) return;
    reason.fetch_add(count, std::memory_order_relaxed);
    stage_.dropped.fetch_add(count, std::memory_order_relaxed);
}

// What lies in the kernel's buffer came before the stop: it is read, as much as we may hold.
void DatagramReceiver::finish() {
    const auto deadline = Steady::now() + std::chrono::milliseconds(settings_.stop_timeout_ms);
    Gathered gathered;
    while (Steady::now() < deadline && !outbox_->is_full()) {
        if (!receive(gathered)) break;
        if (!gathered.has_room()) offer(gathered);
    }
    if (!gathered.is_empty()) offer(gathered);
    count_kernel_drops();
    while (Steady::now() < deadline && !outbox_->is_empty()) {
        outbox_->offer();
        outbox_->wait(kOfferAgain);
    }
    drop(dropped_stopping_, outbox_->give_up());
    fd_.reset();
}

}  // namespace vedette::source::syslog
