// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "base/time.h"
#include "event/framing.h"
#include "event/record.h"
#include "source/framed_input.h"
#include "source/opened_archive.h"

namespace vedette::source {

/// Sees the members of an archive as they are, whether or not they are anything that can be read.
class MemberTap {
  public:
    virtual ~MemberTap() = default;
    virtual void member(const std::string& origin, base::Timestamp changed) = 0;
    virtual void bytes(std::string_view piece) = 0;
    /// It ends: whole if `is_whole`.
    virtual void end(bool is_whole) = 0;
};

struct FileReaderOptions {
    std::string source = "scan";  ///< goes into envelopes
    std::string format;           ///< empty: recognised by the first records
    base::Timestamp arrival;      ///< goes into envelopes; usually the file's time of change
    /// Opens archives; nullptr: they are refused.   Lives: must outlive the reader.
    sandbox::Pool* workers = nullptr;
    /// nullptr: nobody looks.   Lives: must outlive the reader.
    MemberTap* tap = nullptr;
};

/// One input that was read: a file, or a member of an archive.
struct ReadInput {
    std::string origin;      ///< the path; of a member followed by "!" and its name
    std::string format;      ///< empty: nothing was in it
    std::string why_unread;  ///< empty: it was read whole
};

/// Reads one file from beginning to end as chunks: opened if compressed, or, if it is an archive,
/// member by member; each recognised by content and cut into records. For one-shot reading; a file
/// that grows is followed by file/.
/// A member that cannot be read, or is an archive itself, is passed over and told in inputs().
/// Does not promise: more than one block, one window of the decompressor, a few chunks and, of an
/// archive, kArchiveAheadBytes in memory. Threads: one at a time.
class FileReader {
  public:
    /// Errors: not_found, denied, io; unsupported for a file that is neither text nor an archive.
    static base::Result<FileReader> open(const std::string& path,
                                         const event::FormatDeclarations& formats,
                                         FileReaderOptions options);

    /// The next chunk, never empty; nothing at the end.
    /// Errors: io; corrupt for damaged compression or a damaged archive, after all that was
    /// readable was given out.
    base::Result<std::optional<event::Chunk>> next();

    std::uint64_t size_bytes() const { return size_bytes_; }  ///< as it lies on the disk
    /// Of those, so far; of an archive that is not compressed the sum of its members' bytes.
    std::uint64_t read_bytes() const { return std::min(read_bytes_, size_bytes_); }
    /// What was read to its end so far, in order.
    const std::vector<ReadInput>& inputs() const { return inputs_; }

  private:
    FileReader(base::OwnedFd fd, std::string path, FileReaderOptions options,
               const event::FormatDeclarations& formats)
        : fd_(std::move(fd)),
          path_(std::move(path)),
          options_(std::move(options)),
          formats_(&formats) {}

    void begin_input(std::string origin, base::Timestamp arrival);
    base::Result<void> read_block();
    base::Result<void> read_part();
    void feed(std::string_view bytes);
    void end_input(const std::string& why_broken);
    void close_input(const base::Error& error);
    void take_chunks(bool also_partial);

    base::OwnedFd fd_;
    std::string path_;
    FileReaderOptions options_;
    const event::FormatDeclarations* formats_;
    std::unique_ptr<OpenedArchive> archive_;
    std::uint64_t size_bytes_ = 0, read_bytes_ = 0;

    std::unique_ptr<FramedInput> input_;  // nullptr: none, or the rest of it is passed over
    ReadInput current_;
    base::Timestamp arrival_;
    std::vector<ReadInput> inputs_;
    std::deque<event::Chunk> ready_;
    std::optional<base::Error> error_;  // told once everything readable was given out
    bool is_at_end_ = false;
};

/// Regular files below `path`, or `path` itself, in the order of their names. Links are not
/// followed.
base::Result<std::vector<std::string>> files_below(const std::string& path);

}  // namespace vedette::source
