// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/compressed.h"
#include "event/framer.h"
#include "event/framing.h"
#include "event/record.h"
#include "source/format_watch.h"

namespace vedette::source {

/// What is known of an input before its first byte is read.
struct FramedInputStart {
    /// Name of the format; empty: recognised by the first records.
    std::string format = {};
    /// Where an earlier reading of the same input stopped. Needs `format`. A compressed input is
    /// fed from its first byte all the same; a plain one from state.position on.
    event::FramerState state = {};
    /// `format` was recognised by an earlier reading and not chosen by anybody: it is given up when
    /// records stop fitting it, as one that is recognised now (format_watch.h).
    bool is_format_guessed = false;
    /// False: bytes are taken as they are, even if they look compressed.
    bool may_be_compressed = true;
};

/// Bytes of one input, in whatever pieces, into chunks: opened if compressed, recognised by its
/// first bytes or, once it is told from binary, by its first lines; framed. What scan, tail and
/// standard input share.
///
/// The caller feeds, takes the chunks that are full, and says when the input ends or is quiet.
/// Chunks have records, flags, first_line and format; source, origin and arrival are the caller's.
/// Owns: at most kReadyChunksMax full chunks and one in the making, the head of an input not
/// recognised yet, and what one step of decompression gives.   Threads: one at a time.
class FramedInput {
  public:
    /// Lives: `formats` must outlive it.
    FramedInput(const event::FormatDeclarations& formats, FramedInputStart start);

    /// Takes bytes; fewer than all means: take() first, then come again with the rest.
    /// Errors: corrupt or limit of the decompressor; unsupported once it is clear that the input is
    /// neither text nor a binary format that we read. What came before an error can be taken.
    base::Result<std::size_t> feed(std::string_view bytes);

    /// Nothing more comes for now: decides the format by the lines that are there, so that they can
    /// be taken. A live log may not get its second line for hours.   Errors: unsupported, as feed.
    base::Result<void> settle();

    /// The input ends here: the unfinished record is given out, also that of a damaged input.
    /// False: take() first, then call again.   Errors: as feed; corrupt if compressed data ends
    /// early. There may still be something to take.
    base::Result<bool> finish();

    struct Ready {
        event::Chunk chunk;
        event::FramerState after;  ///< where to go on once the chunk is safe
    };
    /// The next full chunk; with `also_partial` the one in the making, if nothing else is there.
    std::optional<Ready> take(bool also_partial);

    /// Gives out the unfinished record although the input may go on. False: take() first.
    bool finish_record();

    /// nullptr as long as it is not known.
    const event::FormatDeclaration* format() const { return format_; }
    /// Where the oldest record that was not given out begins.
    const event::FramerState& state() const { return framer_ ? framer_->state() : start_.state; }
    bool has_unfinished() const;
    bool is_compressed() const;
    /// Bytes fed to the framer or passed over, counted in the opened input.
    std::uint64_t opened_bytes() const { return opened_bytes_; }

  private:
    base::Result<void> on_opened(std::string_view bytes);
    base::Result<void> decide_format();
    void frame(std::string_view bytes);
    void push_full();

    const event::FormatDeclarations& formats_;
    FramedInputStart start_;
    std::optional<base::Decompressor> opener_;
    std::size_t piece_bytes_;
    std::string head_;  // what came before the format was known
    const event::FormatDeclaration* format_ = nullptr;
    std::unique_ptr<event::Framer> framer_;
    event::Chunk chunk_;
    FormatWatch watch_;
    std::deque<Ready> ready_;
    std::uint64_t opened_bytes_ = 0;
    std::uint64_t skip_bytes_ = 0;  // of the opened input, read in an earlier life
    bool is_ended_ = false;
    std::optional<base::Error> end_error_;
};

}  // namespace vedette::source
