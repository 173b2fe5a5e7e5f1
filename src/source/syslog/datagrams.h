// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "base/files.h"
#include "base/result.h"
#include "source/allowed_peers.h"
#include "source/sender_formats.h"
#include "source/source.h"

namespace vedette::source::syslog {

struct DatagramSettings {
    std::string listen;  ///< host:port
    AllowedPeers allowed = {};
    /// What the kernel keeps for us while we wait for the disk: a second of 40,000 short messages.
    std::size_t receive_buffer_bytes = 32u << 20;
    int stop_timeout_ms = 2'000;  ///< to hand over what we hold
};

/// Takes datagrams, each a message, and brings them to the journal.
///
/// Nobody can slow a sender of datagrams, so some are lost whenever more come than go. The receiver
/// holds kWaitingBytesMax for the journal and then leaves datagrams in the kernel's buffer, so that
/// there is one place where they are lost, and the kernel counts them there. Each datagram that
/// reached the socket is in exactly one of: a record, or
/// vedette_source_dropped_total{source, reason}: "buffer_full" (by the kernel: also a damaged
/// checksum), "not_allowed", "empty", "stopping" (held, and the journal took nothing until the time
/// was over). What still lies in the kernel's buffer when the program ends is read by a stop, and
/// lost by a kill.
/// Threads: one of its own.
/// Source: RFC 5426 section 3; Linux SO_MEMINFO, whose drops are those of /proc/net/udp
class DatagramReceiver {
  public:
    /// Lives: what `context` refers to must outlive every chunk's `done`.
    DatagramReceiver(DatagramSettings settings, const SourceContext& context,
                     std::shared_ptr<SenderFormats> formats);
    /// Stops, if nobody did.
    ~DatagramReceiver();
    DatagramReceiver(const DatagramReceiver&) = delete;
    DatagramReceiver& operator=(const DatagramReceiver&) = delete;

    /// Errors: bad_input for an address that cannot be read, io or denied when it cannot be had.
    base::Result<void> start();
    void stop();
    std::uint16_t port() const { return port_; }

  private:
    struct Arena;
    class Outbox;
    class Gathered;

    void run();
    bool wait_for_datagrams() const;
    bool receive(Gathered& gathered);
    void offer(Gathered& gathered);
    bool count_kernel_drops();
    void drop(std::atomic<std::uint64_t>& reason, std::uint64_t count);
    void finish();

    const DatagramSettings settings_;
    const SourceContext context_;
    const std::shared_ptr<SenderFormats> formats_;
    base::StageCounters& stage_;
    std::atomic<std::uint64_t>&datagrams_, &dropped_full_, &dropped_peer_, &dropped_empty_,
        &dropped_stopping_;
    base::OwnedFd fd_;
    std::atomic<std::uint16_t> port_{0};
    std::uint32_t kernel_drops_ = 0;  // as last read; wraps
    std::unique_ptr<Arena> arena_;
    std::shared_ptr<Outbox> outbox_;
    std::atomic<bool> must_stop_{false};
    std::thread thread_;
};

}  // namespace vedette::source::syslog
