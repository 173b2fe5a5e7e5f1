// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "event/framing.h"
#include "event/record.h"

namespace vedette::event {

/// Where a framer stands between two records (or two parts of a long one): all that is needed to go
/// on after a restart. Belongs into the source's journalled position.
struct FramerState {
    std::uint64_t position =
        0;  ///< byte in the (decompressed) input of the oldest unfinished record
    std::uint64_t record_count = 0;  ///< records and parts given out so far
    bool is_inside_longer = false;   ///< parts of the unfinished record were given out already
    HeaderContext header = {};       ///< of the records that come next
    bool operator==(const FramerState&) const = default;
};

/// Cuts bytes into records as a Framing says: framers are the only code that does.
///
/// The records depend on the bytes alone, not on the pieces in which they are fed.
/// Threads: one at a time.
class Framer {
  public:
    virtual ~Framer() = default;

    /// Appends the records that `bytes` complete to `chunk`. Gives the number of bytes taken; fewer
    /// than all means that the chunk is full (kChunkRecordsMax, kChunkBytesMax): hand it on and
    /// come again with an empty one and the rest. The chunk's first_line is set with its first
    /// record.
    virtual std::size_t feed(std::string_view bytes, Chunk& chunk) = 0;

    /// Gives out the unfinished record, if there is one: the input ended, or its last line has
    /// waited long enough for its end. What is fed later begins a new record. False if the chunk is
    /// full: nothing happened, come again with an empty one.
    virtual bool finish(Chunk& chunk) = 0;

    virtual bool has_unfinished() const = 0;
    const FramerState& state() const { return given_; }

  protected:
    explicit Framer(FramerState from) : given_(std::move(from)) {}

    /// Whether the chunk can take one more record of that size.
    static bool has_room(const Chunk& chunk, std::size_t record_bytes);
    /// Gives out a record that, with what was passed over before it, is `consumed_bytes` of input.
    void give(std::string_view record, std::size_t consumed_bytes, Chunk& chunk);

    FramerState given_;
};

/// The framer that a format asks for, going on from `from`.
std::unique_ptr<Framer> make_framer(const Framing& framing, FramerState from = {});

}  // namespace vedette::event
