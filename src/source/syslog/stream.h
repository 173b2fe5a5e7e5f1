// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "source/stream_protocol.h"
#include "source/syslog/message_framer.h"

namespace vedette::source::syslog {

/// Syslog over TCP or TLS: messages, and no answers. What was not handed over when a connection or
/// we end is lost, and the sender does not know.
/// Source: RFC 6587, RFC 5425
class MessageStream final : public StreamProtocol {
  public:
    /// `longer`: counts messages that were cut. Lives: it must outlive the stream.
    MessageStream(MessageFraming framing, std::atomic<std::uint64_t>& longer)
        : framer_(framing), longer_(longer) {}

    std::size_t feed(std::string_view bytes, event::Chunk& chunk) override {
        const std::uint64_t before = framer_.longer_count();
        const std::size_t taken = framer_.feed(bytes, chunk);
        longer_.fetch_add(framer_.longer_count() - before, std::memory_order_relaxed);
        return taken;
    }
    bool finish(event::Chunk& chunk) override { return framer_.finish(chunk); }
    bool has_unfinished() const override { return framer_.has_unfinished(); }

  private:
    MessageFramer framer_;
    std::atomic<std::uint64_t>& longer_;
};

}  // namespace vedette::source::syslog
