// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "event/framer.h"

namespace vedette::event {

/// Cuts lines, or takes the whole input as one record.
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
class LineFramer final : public Framer {
  public:
    explicit LineFramer(Framing framing = {}, FramerState from = {})
        : Framer(std::move(from)), framing_(std::move(framing)) {}

    std::size_t feed(std::string_view bytes, Chunk& chunk) override;
    bool finish(Chunk& chunk) override;
    bool has_unfinished() const override { return !pending_.empty() || !group_.empty(); }

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

    Framing framing_;
    std::string pending_;          // the unfinished line as far as it came
    std::string group_;            // whole lines before it of a record that may go on
    std::size_t group_bytes_ = 0;  // what they take of the input
};

}  // namespace vedette::event
