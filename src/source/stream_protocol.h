// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "event/record.h"

namespace vedette::source {

/// What the bytes of one connection mean: from bytes to records, from durable records to answers.
/// A state machine without sockets, so that it can be tested and fuzzed alone. The listener
/// (stream_listener.h) calls it and does the rest: it reads, offers chunks one after the other,
/// offers them again when there was no room, and stops reading meanwhile.
/// Threads: one at a time.
class StreamProtocol {
  public:
    virtual ~StreamProtocol() = default;

    /// Appends the records that `bytes` complete to `chunk` and gives the number of bytes taken.
    /// Fewer than all: the chunk is full, or too many answers are due; come again when the chunk is
    /// handed on or the answers are taken.
    virtual std::size_t feed(std::string_view bytes, event::Chunk& chunk) = 0;

    /// No more bytes come: gives out a message that was not whole yet. False if the chunk is full:
    /// nothing happened, come again with an empty one.
    virtual bool finish(event::Chunk& chunk) = 0;
    /// Whether the last byte that came is inside a message.
    virtual bool has_unfinished() const = 0;

    /// The chunk fed so far was handed to the journal; records fed from now on are of the next one.
    virtual void on_offered() {}
    /// That chunk is durable.
    virtual void on_durable() {}
    /// Takes what is to be sent now.
    virtual std::string take_answers() { return {}; }

    /// The conversation is over: nothing more is read, the connection closes after the answers.
    virtual bool is_over() const { return false; }
    /// We are stopping: what is to be said before the connection closes is given by take_answers().
    virtual void on_stop() {}
    /// Whether the sender sends again what was not answered; else what we hold and cannot hand over
    /// is lost, and counted.
    virtual bool has_answers() const { return false; }
};

}  // namespace vedette::source
