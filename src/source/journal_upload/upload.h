// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "event/framer.h"
#include "source/stream_protocol.h"

namespace vedette::source::journal_upload {

/// Our side of a connection of systemd-journal-upload: `POST /upload`, whose body is a journal in
/// its export form, in HTTP chunks, and may go on for as long as the journal grows.
///
/// Entries are handed on as they come; the request is answered "202 Accepted" when it has ended and
/// all of its entries are durable. Only then does the sender remember how far it was: what it sends
/// again after a broken connection is there twice.
/// Not here: bodies of a told length, encodings, other addresses: answered with an error, and the
/// connection ends.
/// Source: RFC 9112; systemd 252, systemd-journal-upload(8), "Journal Export Formats"
class Upload final : public StreamProtocol {
  public:
    /// `broken`: counts connections ended for what was sent. Lives: it must outlive the upload.
    explicit Upload(std::atomic<std::uint64_t>& broken);

    std::size_t feed(std::string_view bytes, event::Chunk& chunk) override;
    /// What is not whole was not answered: the sender has it.
    bool finish(event::Chunk&) override { return true; }
    /// Between two entries a journal may be silent for long.
    bool has_unfinished() const override {
        return !line_.empty() || step_ == Step::header || step_ == Step::data ||
               framer_->has_unfinished();
    }
    void on_offered() override;
    void on_durable() override { has_flight_ = false; }
    std::string take_answers() override;
    bool is_over() const override { return is_over_; }
    bool has_answers() const override { return true; }

  private:
    enum class Step : std::uint8_t { request, header, size, data, data_end, trailer };

    bool take_line(std::string_view bytes, std::size_t& taken, event::Chunk& chunk);
    void on_line(std::string_view line);
    void on_request(std::string_view line);
    void on_header(std::string_view line);
    void on_head_end();
    void on_size(std::string_view line);
    void refuse(int status, std::string_view text);
    void begin();

    std::atomic<std::uint64_t>& broken_;
    Step step_ = Step::request;
    std::string line_;            // as far as it came
    std::size_t head_bytes_ = 0;  // of this request's head and trailer so far
    std::uint64_t data_left_ = 0;
    bool is_chunked_ = false, is_journal_ = false, wants_continue_ = false;
    int refusal_ = 0;  // found out in the head; told at its end
    std::unique_ptr<event::Framer> framer_;
    std::string ready_;           // to be sent now
    bool is_answer_due_ = false;  // the request has ended
    bool has_records_ = false;    // the chunk being gathered has some of ours
    bool has_flight_ = false;     // one is on its way
    bool is_over_ = false;
};

}  // namespace vedette::source::journal_upload
