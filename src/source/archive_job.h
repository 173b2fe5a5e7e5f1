// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "sandbox/jobs.h"

namespace vedette::source {

/// The name of the job that opens an archive or a compressed file: its input is a file, its output
/// the stream that ArchiveReader reads back.
inline constexpr std::string_view kArchiveJob = "archive";

/// Adds the job to a worker program. It opens tar (ustar, pax, GNU), zip, 7z and cpio, each also
/// within gzip, bzip2, xz, lzma, zstd and lz4, and those alone as one member without a name.
/// Runs confined: libarchive has had its defects.
///
/// Output: for each regular member `M` name size time, then its bytes as `D` size bytes, then `E`;
/// for one that broke off `X` reason instead of `E`; an archive that is damaged ends the job with
/// the reason, after what could be read. Names and reasons are lengths and bytes, the time is that
/// of the member's change in seconds since 1970, 0 if it has none. Encrypted members are told as
/// broken. The same file gives the same bytes each time.
void add_archive_job(sandbox::Jobs& jobs);

}  // namespace vedette::source
