// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "base/time.h"
#include "event/framing.h"
#include "event/record.h"
#include "source/framed_input.h"

namespace vedette::source {

struct FileReaderOptions {
    std::string source = "scan";  ///< goes into envelopes
    std::string format;           ///< empty: recognised by the first records
    base::Timestamp arrival;      ///< goes into envelopes; usually the file's time of change
};

/// Reads one file from beginning to end as chunks: opened if compressed, recognised by content, cut
/// into records. For one-shot reading; a file that grows is followed by file/.
/// Does not promise: more than one block, one window of the decompressor and a few chunks in
/// memory. Threads: one at a time.
class FileReader {
  public:
    /// Errors: not_found, denied, io; unsupported for a file that is not text.
    static base::Result<FileReader> open(const std::string& path,
                                         const event::FormatDeclarations& formats,
                                         FileReaderOptions options);

    /// The next chunk, never empty; nothing at the end.
    /// Errors: io; corrupt for damaged compression, after all that was readable was given out.
    base::Result<std::optional<event::Chunk>> next();

    std::uint64_t size_bytes() const { return size_bytes_; }  ///< as it lies on the disk
    std::uint64_t read_bytes() const { return read_bytes_; }  ///< of those, so far
    const std::string& format() const { return options_.format; }

  private:
    FileReader(base::OwnedFd fd, std::string path, FileReaderOptions options,
               const event::FormatDeclarations& formats)
        : fd_(std::move(fd)),
          path_(std::move(path)),
          options_(std::move(options)),
          input_(std::make_unique<FramedInput>(formats, FramedInputStart{options_.format})) {}

    base::Result<void> read_block();
    void end();
    void fail_with(const base::Error& error);
    void keep_error(const base::Error& error);
    void take_chunks(bool also_partial);

    base::OwnedFd fd_;
    std::string path_;
    FileReaderOptions options_;
    std::uint64_t size_bytes_ = 0, read_bytes_ = 0;
    std::unique_ptr<FramedInput> input_;
    std::deque<event::Chunk> ready_;
    std::optional<base::Error> error_;  // told once everything readable was given out
    bool is_at_end_ = false;
};

/// Regular files below `path`, or `path` itself, in the order of their names. Links are not
/// followed.
base::Result<std::vector<std::string>> files_below(const std::string& path);

}  // namespace vedette::source
