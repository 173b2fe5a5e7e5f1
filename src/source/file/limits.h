// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of the file source.
namespace vedette::source::file {

/// First bytes that tell whether two files have the same content. Logs differ within their first
/// line, by its time; those with a banner within this.
inline constexpr std::size_t kHeadBytes = 1'024;
/// Bytes before the place we read to that are compared as well, for logs with a long banner.
inline constexpr std::size_t kTailBytes = 64;
/// Files followed by one source; each costs about 1 KB. What comes after is said once.
inline constexpr std::size_t kFilesMax = 50'000;
/// Files held open, so that we run at `ulimit -n 1024` with thousands of logs.
inline constexpr std::size_t kOpenFilesMax = 128;
/// Folders below a `**`, against loops of mounts; symbolic links to folders are not followed.
inline constexpr int kFolderDepthMax = 32;
/// Read files of one origin that are remembered, so that rotated and compressed copies of them are
/// known. logrotate keeps 4 to 52.
inline constexpr std::size_t kRememberedPerOriginMax = 128;
/// First bytes of files kept while they are told apart, so that each is opened once per look and
/// not once per pair. Beyond that they are read again.
inline constexpr std::size_t kHeadsKeptMax = 1'024;
/// Bytes offered and not durable yet, of all files of one source.
inline constexpr std::size_t kInFlightBytesMax = 32u << 20;
/// Looking at the files takes at most this share of one core.
inline constexpr int kScanPercentMax = 5;
/// What one file may read before the next one's turn.
inline constexpr std::size_t kTurnBytes = 1u << 20;

inline constexpr int kPollMs = 250;     ///< default of `poll_ms`
inline constexpr int kRetryMs = 50;     ///< after the journal had no room
inline constexpr int kQuietMs = 5'000;  ///< a rotated file that is quiet for this long is over
/// How long the rest of a vanished file is looked for, and how long a file that begins like another
/// and ends earlier is waited for once it stopped growing: longer than a loaded machine lets a
/// writer rest.
inline constexpr int kOrphanMs = 60'000;

}  // namespace vedette::source::file
