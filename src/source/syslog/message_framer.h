// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event/framer.h"

namespace vedette::source::syslog {

/// How messages of a stream are told apart.
enum class MessageFraming : std::uint8_t {
    recognised,  ///< by each message's first bytes
    counted,     ///< "LENGTH SP MESSAGE": octet counting
    lines,       ///< ended by LF or NUL: non-transparent framing
};

/// Cuts the messages of a syslog stream into records.
///
/// Recognised: a message is counted when it begins with a number without leading zero, a blank and
/// "<"; after one such, a number and a blank are enough, because a sender keeps to its way. All
/// else is a line, also one that begins with a number. A counted message is taken whole, with line
/// ends inside it. Line ends and NULs before and at the end of a message are not part of it, and
/// nothing between two of them is no message. What was announced as counted and is not is a line.
/// A message longer than kMessageBytesMax becomes parts, each with kRowPartOfLonger.
/// Owns: at most kMessageBytesMax of the unfinished message.   Threads: one at a time.
/// Source: RFC 6587 sections 3.4.1 and 3.4.2, RFC 5425 section 4.3
class MessageFramer final : public event::Framer {
  public:
    explicit MessageFramer(MessageFraming framing) : Framer({}), framing_(framing) {}

    std::size_t feed(std::string_view bytes, event::Chunk& chunk) override;
    bool finish(event::Chunk& chunk) override;
    bool has_unfinished() const override { return step_ != Step::between; }

    /// Messages so far that were longer than kMessageBytesMax.
    std::uint64_t longer_count() const { return longer_count_; }

  private:
    enum class Step : std::uint8_t {
        between,  ///< no byte of the next message came
        start,    ///< its first bytes, in pending_, do not tell yet how it ends
        counted,  ///< inside a message of told length
        line,     ///< inside a message that a line end ends
    };

    void skip_between(std::string_view& bytes);
    void feed_start(std::string_view& bytes);
    void begin_counted();
    bool feed_counted(std::string_view& bytes, event::Chunk& chunk);
    bool feed_line(std::string_view& bytes, event::Chunk& chunk);
    void hold(std::string_view& bytes, std::size_t size);
    void give_message(event::Chunk& chunk);
    bool give_part(event::Chunk& chunk);

    const MessageFraming framing_;
    Step step_ = Step::between;
    bool was_counted_ = false;        // an earlier message was, for certain
    std::size_t left_bytes_ = 0;      // of a counted message
    std::string pending_;             // the message as far as it came
    std::size_t consumed_bytes_ = 0;  // of the input, since the last record was given
    std::uint64_t longer_count_ = 0;
};

}  // namespace vedette::source::syslog
