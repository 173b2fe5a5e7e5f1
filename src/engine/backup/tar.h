// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::engine::backup {

/// What takes the files of a backup, one after the other. An error stops whoever gives them.
class FileSink {
  public:
    virtual ~FileSink() = default;
    virtual base::Result<void> begin(std::string_view name, std::uint64_t size_bytes) = 0;
    virtual base::Result<void> bytes(std::string_view piece) = 0;
    virtual base::Result<void> end() = 0;
};

inline constexpr std::size_t kTarBlockBytes = 512;

/// The head of a regular file. `name` is good (manifest.h).
/// Errors: limit if ustar has no room for the name.   Source: POSIX.1-2017, pax, "ustar"; sizes of
/// 8 GiB and more in GNU tar's base-256 form
base::Result<std::string> tar_head(std::string_view name, std::uint64_t size_bytes);
/// Zeros that fill the file's last block.
std::string tar_padding(std::uint64_t size_bytes);
/// What ends an archive.
std::string tar_end();

/// Reads what we write and nothing else: regular files with good names. Links, folders, devices,
/// extended heads, absolute paths and paths with `..` are refused, not passed over: an archive that
/// has them is none of ours. Memory: one block.   Threads: one at a time.
class TarReader {
  public:
    explicit TarReader(FileSink& sink) : sink_(sink) {}

    /// Takes the next bytes in whatever pieces they come.
    /// Errors: corrupt; those of the sink. No call may follow one.
    base::Result<void> feed(std::string_view bytes);
    /// The archive ends here.   Errors: corrupt if it must not.
    base::Result<void> finish() const;

  private:
    base::Result<void> take_head();
    base::Result<void> end_file();

    FileSink& sink_;
    std::string head_;                // a block that is not whole yet
    std::uint64_t left_ = 0;          // bytes of the file still to come
    std::uint64_t padding_left_ = 0;  // zeros behind it
    bool is_in_file_ = false;
    int zero_blocks_ = 0;  // two end the archive
};

}  // namespace vedette::engine::backup
