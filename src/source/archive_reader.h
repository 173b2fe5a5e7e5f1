// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "sandbox/pool.h"

namespace vedette::source {

/// A regular file in an archive, as the archive tells it.
struct ArchiveMember {
    std::string name;  ///< hostile, for showing only; empty for a file that was only compressed
    std::uint64_t size_bytes = 0;
    base::Timestamp changed;  ///< 0 if it does not say
};

/// What is made of an archive's members. Errors of a call end the reading.
class ArchiveVisitor {
  public:
    virtual ~ArchiveVisitor() = default;
    virtual base::Result<void> member(const ArchiveMember& member) = 0;
    virtual base::Result<void> bytes(std::string_view piece) = 0;
    /// It ends: whole if `why_broken` is empty.
    virtual base::Result<void> end(const std::string& why_broken) = 0;
};

/// Whether a file is for read_archive(): zip, 7z or lz4, or, plain or compressed in a way that
/// base::Decompressor opens, a tar or cpio. A log that is only compressed is not.
/// Cost: a read of 16 KB; of a compressed file as much as is needed to open its first 512 bytes, at
/// most 1 MiB.
bool holds_archive(int file);

/// Opens an archive in a confined worker and gives its members in order. Streams: neither archive
/// nor member is ever in memory as a whole. Members within members are not opened.
/// A worker that dies on the way is replaced, and the new one's answer taken from there on; only
/// when several die without getting further it is the archive's fault.
/// Errors: what is wrong with the archive, after what could be read was given; those of the
/// visitor; unavailable if the workers died.
/// Limits: kArchiveMembersMax members, kArchiveBytesMax bytes, kArchiveRatioMax times the archive's
/// own size: a bomb ends with `limit`.
base::Result<void> read_archive(sandbox::Pool& pool, int file, ArchiveVisitor& visitor);

}  // namespace vedette::source
