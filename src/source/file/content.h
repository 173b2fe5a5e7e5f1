// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "source/file/position.h"

namespace vedette::source::file {

enum class ContentMatch {
    different,
    unclear,  ///< begins the same but ends earlier: a copy in the making, or another file
    same,     ///< holds everything that was read, at the same place
};

/// Whether an open file, plain or compressed, holds what `state` was read from. The copy of a
/// finished file has to end where it ended. Cost: two small reads; a compressed file with the same
/// head is opened up to the position.
ContentMatch compare_content(int fd, const FileState& state);

/// Whether a file that begins so, opened if compressed, cannot hold what the fingerprint is of.
bool has_other_head(std::string_view head, const Fingerprint& wanted);

/// Bytes at an offset, fewer at the end of the file; empty on errors.
std::string read_at(int fd, std::uint64_t offset, std::size_t size);

/// The first bytes of a file, opened if it is compressed; fewer if it is shorter or damaged.
std::string opened_head(int fd, std::size_t size_bytes);

/// Whether the file begins as gzip, zstd, bzip2 or xz; zlib has no files of its own.
bool is_compressed_file(int fd);

/// The fingerprint of a plain file that was read up to `position`.
Fingerprint fingerprint_of(int fd, std::uint64_t position);

}  // namespace vedette::source::file
