// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/files.h"
#include "source/file/content_memory.h"
#include "source/file/path_patterns.h"
#include "source/file/position.h"
#include "source/framed_input.h"

namespace vedette::source::file {

using SteadyTime = std::chrono::steady_clock::time_point;

/// One file (one content) being read: from an inode, and from its copy when the inode was
/// truncated. Knows bytes and records; which file is which is the follower's business.
class Followed {
  public:
    /// `state` as journalled, or with an identity alone for a file that is new. `quiet_ms`: a
    /// record whose end only what follows would show is over when nothing follows for so long.
    /// Lives: `formats` must outlive it.
    Followed(const event::FormatDeclarations& formats, std::string format_override, int quiet_ms,
             std::string origin, FileState state);

    const std::string& origin() const { return origin_; }
    const FileState& offered() const { return offered_; }

    // What the follower knows of the file; updated at every look.
    std::string path;  ///< where it is now; empty: nowhere (an open one can be read on)
    std::uint64_t size_bytes = 0;
    std::int64_t changed_ns = 0;
    SteadyTime quiet_since;
    bool is_away = false;    ///< not under its origin's path any more
    bool is_orphan = false;  ///< its bytes are gone from where they were; a copy is looked for
    SteadyTime orphan_since;
    bool is_skipped = false;  ///< not text
    bool is_busy = false;     ///< has something to do

    enum class Step {
        idle,       ///< read to the end for now
        ready,      ///< has a chunk to offer
        truncated,  ///< what we read is no longer there
        lost,       ///< cannot be opened, or another file is there
    };
    /// Reads on until a chunk is ready or there is nothing more. `is_over`: the file is away and
    /// has been quiet: an unfinished last line is given out and the file is finished.
    Step read_on(bool is_over);

    /// The chunk of the last read_on that said ready, kept until it was taken by the sink.
    std::optional<FramedInput::Ready>& ready() { return ready_; }
    const std::optional<FramedInput::Ready>& ready() const { return ready_; }
    /// The state after the ready chunk.
    FileState state_after_ready() const;

    /// The sink took the ready chunk / said what became of it.
    void on_offered(FileState state);
    void on_durable();
    void on_refused();

    /// Its bytes are no longer in the inode they were read from, which may hold another file now.
    void forget_identity() { offered_.identity = durable_.identity = {}; }
    /// Goes on with another file of the same content.
    void adopt(const Seen& copy, bool is_compressed);
    /// Whether it was truncated, as far as its size tells.
    bool is_shorter_than_read() const { return !is_finished() && size_bytes < read_at_; }
    bool has_unread() const { return size_bytes > read_at_; }
    /// Whether bytes were read that no chunk holds yet, of a record that is over when its file is
    /// quiet for long enough: nothing changes then, and it must be read on all the same.
    bool has_quiet_end(SteadyTime now) const;
    /// The first bytes, opened if compressed: as they were read, or as they lie there now if
    /// nothing was read. Empty: not known.
    std::string first_bytes() const;
    bool is_finished() const { return offered_.is_finished; }
    /// Reads it again although it was finished (it was written to).
    void reopen() {
        offered_.is_finished = durable_.is_finished = false;
        rewind();
    }

    bool is_open() const { return fd_.is_open(); }
    void close() { fd_.reset(); }
    int fd() const { return fd_.get(); }
    bool is_damaged() const { return is_damaged_; }

  private:
    Step open();
    Step begin();
    Step go_on_at_position();
    Step read_block();
    Step at_end(bool is_over);
    bool ends_by_quiet() const;
    void finish();
    bool take_ready(bool also_partial);
    void rewind();

    const event::FormatDeclarations& formats_;
    const std::string format_override_;
    const std::chrono::milliseconds quiet_;
    const std::string origin_;
    FileState offered_;  // as the sink knows it
    FileState durable_;  // as the journal knows it
    base::OwnedFd fd_;
    std::unique_ptr<FramedInput> input_;
    std::string rest_;  // read, but the input had no room for it
    std::uint64_t read_at_ = 0;
    ContentMemory memory_;  // up to read_at_; of a compressed file as it lies there
    std::optional<FramedInput::Ready> ready_;
    Fingerprint ready_fingerprint_;
    bool is_in_flight_ = false;  // a chunk was offered, and nothing was heard of it yet
    bool is_input_ended_ = false;
    bool is_damaged_ = false;
};

}  // namespace vedette::source::file
