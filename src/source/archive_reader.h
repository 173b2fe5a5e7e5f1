// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sandbox/pool.h"

namespace vedette::source {

/// What is made of an archive's members. Errors of a call end the reading.
class ArchiveVisitor {
  public:
    virtual ~ArchiveVisitor() = default;
    /// A regular file begins. The name is as the archive has it: hostile, for showing only. Empty
    /// for a file that was only compressed.
    virtual base::Result<void> member(const std::string& name, std::uint64_t size_bytes) = 0;
    virtual base::Result<void> bytes(std::string_view piece) = 0;
    /// It ends: whole if `why_broken` is empty.
    virtual base::Result<void> end(const std::string& why_broken) = 0;
};

/// Whether a file that begins like this is for read_archive(): zip, 7z, tar, cpio, xz, bzip2, lz4,
/// and gzip and zstd, which hold a tar as often as a log.
bool looks_like_archive(std::string_view first_bytes);

/// Opens an archive in a confined worker and gives its members in order. Streams: neither archive
/// nor member is ever in memory as a whole. Members within members are not opened.
/// Errors: what is wrong with the archive, after what could be read was given; those of the
/// visitor; unavailable if the worker died (what was given then is incomplete).
/// Limits: kArchiveMembersMax members, kArchiveBytesMax bytes, kArchiveRatioMax times the archive's
/// own size: a bomb ends with `limit`.
base::Result<void> read_archive(sandbox::Pool& pool, int file, ArchiveVisitor& visitor);

}  // namespace vedette::source
