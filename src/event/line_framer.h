// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
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

/// Cuts bytes into records as a Framing says: the only code that does.
///
/// A line ends with "\n" or "\r\n", which are not part of it. Empty lines are passed over (the
/// position counts them, the record number does not). A record longer than kRecordBytesMax becomes
/// parts of at most that size, each with kRowPartOfLonger, cut between UTF-8 characters where there
/// are any. Header lines (framing.h) are no records: they go into the context of the chunks behind
/// them, and a chunk has one context. The records depend on the bytes alone, not on the pieces in
/// which they are fed. Lines that belong together (Framing::continues) are one record of at most
/// kRecordBytesMax; what is longer begins a further record. Owns: at most kRecordBytesMax + 1 bytes
/// of the unfinished line, and kRecordBytesMax of the lines before it. Threads: one at a time.
/// Cost: about a memchr and a memcpy of the bytes.
class LineFramer {
  public:
    explicit LineFramer(Framing framing = {}, FramerState from = {})
        : framing_(std::move(framing)), given_(std::move(from)) {}

    /// Appends the records that `bytes` complete to `chunk`. Gives the number of bytes taken; fewer
    /// than all means that the chunk is full (kChunkRecordsMax, kChunkBytesMax): hand it on and
    /// come again with an empty one and the rest. The chunk's first_line is set with its first
    /// record.
    std::size_t feed(std::string_view bytes, Chunk& chunk);

    /// Gives out the unfinished record, if there is one: the input ended, or its last line has
    /// waited long enough for its end. What is fed later begins a new record. False if the chunk is
    /// full: nothing happened, come again with an empty one.
    bool finish(Chunk& chunk);

    bool has_unfinished() const { return !pending_.empty() || !group_.empty(); }
    const FramerState& state() const { return given_; }

  private:
    bool hold(std::string_view bytes, std::size_t& taken, Chunk& chunk);
    bool end_line(std::string_view line, Chunk& chunk);
    bool end_pending(std::size_t line_end_bytes, Chunk& chunk);
    bool is_header(std::string_view line) const;
    bool take_header(std::string_view line, std::size_t consumed_bytes);
    bool end_record(std::string_view line, std::size_t consumed_bytes, Chunk& chunk);
    bool give_group(Chunk& chunk);
    void pass_over(std::size_t bytes);
    bool give_part(Chunk& chunk);
    void give(std::string_view record, std::size_t consumed_bytes, Chunk& chunk);

    Framing framing_;
    FramerState given_;
    std::string pending_;          // the unfinished line as far as it came
    std::string group_;            // whole lines before it of a record that may go on
    std::size_t group_bytes_ = 0;  // what they take of the input
};

}  // namespace vedette::event
