// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "source/relp/frame_reader.h"
#include "source/stream_protocol.h"

namespace vedette::source::relp {

/// Our side of a RELP connection: `open`, `syslog`, `close`.
///
/// A message is answered "200 OK" once it is durable, and answers go in the order of the commands.
/// A message is never answered "500": librelp forgets a message with any answer, while one without
/// is sent again. So trouble means no answer: first we wait, and when we stop the connection ends.
/// "500" goes to commands that we do not know. After bytes that are no RELP, or a message before
/// `open`, the connection ends.
/// Source: the protocol's specification, version 1
class Conversation final : public StreamProtocol {
  public:
    /// `longer`: counts messages that were cut; `broken`: connections ended for their bytes.
    /// Lives: both must outlive it.
    Conversation(std::atomic<std::uint64_t>& longer, std::atomic<std::uint64_t>& broken)
        : longer_(longer), broken_(broken) {}

    std::size_t feed(std::string_view bytes, event::Chunk& chunk) override;
    /// What is not whole was not answered: the sender has it.
    bool finish(event::Chunk&) override { return true; }
    bool has_unfinished() const override { return !reader_.is_between_frames(); }
    void on_offered() override;
    void on_durable() override;
    std::string take_answers() override;
    bool is_over() const override { return is_over_; }
    void on_stop() override { must_say_goodbye_ = true; }
    bool has_answers() const override { return true; }

  private:
    struct Answer {
        std::uint32_t transaction = 0;
        std::string text;
    };

    bool has_place(const event::Chunk& chunk) const;
    void begin_frame();
    void take_data(std::string_view data);
    void give(event::Chunk& chunk, bool is_part);
    void end_frame(event::Chunk& chunk);
    void answer(std::string text);
    void break_off();

    std::atomic<std::uint64_t>& longer_;
    std::atomic<std::uint64_t>& broken_;
    FrameReader reader_;
    std::string data_;  // of the frame as far as it came, less the parts that were given
    bool is_message_ = false, is_inside_longer_ = false;
    bool is_open_ = false, is_over_ = false;
    bool must_say_goodbye_ = false;
    // Answers wait for the chunk that is on its way, or for the one being gathered.
    std::deque<Answer> answers_;
    std::size_t ready_ = 0;      // of answers_, from the front: may be sent
    std::size_t in_flight_ = 0;  // behind those: when the chunk on its way is durable
    bool has_flight_ = false;
    bool has_records_ = false;  // the chunk being gathered has some of ours
};

}  // namespace vedette::source::relp
