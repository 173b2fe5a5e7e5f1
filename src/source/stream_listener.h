// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "source/allowed_peers.h"
#include "source/sender_formats.h"
#include "source/source.h"
#include "source/stream_protocol.h"

namespace vedette::source {

/// PEM files. A certificate and its key: TLS. With the CA of clients also: only with a certificate.
struct StreamTlsSettings {
    std::string certificate_path, key_path, client_ca_path;
    bool is_wanted() const { return !certificate_path.empty(); }
};

struct StreamListenerSettings {
    std::string listen;  ///< host:port, as in base/http_server.h
    StreamTlsSettings tls = {};
    AllowedPeers allowed = {};

    /// A sender keeps one connection or a few; 256 leaves room below `ulimit -n 1024`. One address
    /// may have half of them, so that no sender can lock out all others.
    std::size_t connections_max = 256;
    /// Bytes of one connection that go to the disk together, or wait behind those that do; then we
    /// stop reading from it. Large enough that one fsync serves hundreds of messages.
    std::size_t waiting_bytes_max = 256u << 10;

    int handshake_timeout_ms = 10'000;
    /// Between two messages. Long, because a firewall may be silent for a day, and to a sender of
    /// plain syslog a closed connection is a lost message. Dead peers are found by keep-alive.
    int idle_timeout_ms = 86'400'000;
    int unfinished_timeout_ms = 600'000;  ///< inside a message
    int write_timeout_ms = 30'000;        ///< an answer that the peer does not read
    int stop_timeout_ms = 5'000;          ///< to hand over what we hold
};

/// Listens on TCP or TLS for senders of records, and brings what they send to the journal.
///
/// Of each connection one chunk is on its way to the journal at a time; what comes meanwhile stays
/// in the kernel, whose window then slows the sender. The same happens when the sink has no room:
/// the chunk is offered again until it is taken. Nothing is dropped but by a stop that the journal
/// does not let finish, which is counted. Where nobody answers and there is no TLS, bytes stay in
/// the kernel until their records are durable: they are read without being taken. A kill then loses
/// what the kernels of both sides held, no more. Else the next chunk is gathered while one is on
/// its way. Counters: those of the stage `source <name>`, and vedette_source_*{source="<name>"}.
/// Owns: for each connection what is read at once (64 KiB, or waiting_bytes_max where it stays in
/// the kernel), the gathered chunk, the one on its way, and what the protocol holds of an
/// unfinished message.   Threads: one of its own.
class StreamListener {
  public:
    using MakeProtocol = std::function<std::unique_ptr<StreamProtocol>()>;

    /// Lives: what `context` refers to must outlive every chunk's `done`.
    StreamListener(StreamListenerSettings settings, const SourceContext& context,
                   std::shared_ptr<SenderFormats> formats, MakeProtocol make_protocol);
    /// Stops, if nobody did.
    ~StreamListener();
    StreamListener(const StreamListener&) = delete;
    StreamListener& operator=(const StreamListener&) = delete;

    /// Listens and returns.   Errors: bad_input for settings that cannot be used, io or denied when
    /// the address cannot be had.
    base::Result<void> start();

    /// Accepts nothing more, reads what lies in the kernel unless it will be sent again, hands over
    /// what was read, answers, closes.
    void stop();

    /// The port listened on; 0 before start.
    std::uint16_t port() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vedette::source
