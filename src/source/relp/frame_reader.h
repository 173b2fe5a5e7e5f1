// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette::source::relp {

/// The header of a frame.
struct FrameHead {
    std::uint32_t transaction = 0;  ///< 0: a hint, which is not answered
    std::string command;
    std::uint32_t data_bytes = 0;
};

/// Reads RELP frames, `TXNR SP COMMAND SP DATALEN [SP DATA] LF`, piece by piece: data is shown as
/// it comes and not held.
///
/// A frame gives one `head`, any number of `data` with all its bytes, and one `end`.
/// Owns: a header's bytes.   Threads: one at a time.
/// Source: the protocol's specification, version 1, "RELP frame"
class FrameReader {
  public:
    enum class Event : std::uint8_t {
        more,    ///< all bytes were taken, and the frame goes on
        head,    ///< head() is known
        data,    ///< data() is the next piece of it
        end,     ///< the frame is whole
        broken,  ///< this is no RELP: nothing more can be read. See broken_reason().
    };

    /// Takes bytes off the front until something is known. At most `data_bytes_max` bytes of data
    /// are shown at once.
    Event next(std::string_view& bytes, std::size_t data_bytes_max);

    /// Whether the next byte would be the frame's last.
    bool is_before_end() const { return step_ == Step::end; }
    bool is_between_frames() const { return step_ == Step::transaction && text_.empty(); }
    const FrameHead& head() const { return head_; }
    /// Lives: as long as the bytes given to next().
    std::string_view data() const { return data_; }
    std::string_view broken_reason() const { return reason_; }

  private:
    enum class Step : std::uint8_t { transaction, command, size, data, end, broken };

    Event take_header_byte(char c);
    Event end_word(char separator);
    Event broken(std::string_view reason);

    Step step_ = Step::transaction;
    std::string text_;  // the header's word as far as it came
    FrameHead head_;
    std::uint32_t left_bytes_ = 0;
    std::string_view data_;
    std::string_view reason_;
};

}  // namespace vedette::source::relp
