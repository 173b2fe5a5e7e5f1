// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds that several sources keep.
namespace vedette::source {

/// Bytes read from a file or pipe at once.
inline constexpr std::size_t kReadBytes = 64u << 10;
/// First bytes looked at to tell text from binary and to recognise the format.
inline constexpr std::size_t kHeadBytesMax = 64u << 10;
/// Records looked at to recognise the format.
inline constexpr std::size_t kRecogniseRecordsMax = 20;
/// A recogniser's answer that is enough to leave another format for (event/framing.h).
inline constexpr int kSureEnough = 60;
/// A longer record is not kept to look at it again.
inline constexpr std::size_t kWatchedBytesMax = 16u << 10;
/// Senders of one listening source whose format is remembered, and how large a chunk of few records
/// may be that is kept of each to look at it again: 40 MB in all when every sender is hostile.
inline constexpr std::size_t kSendersMax = 1'024;
inline constexpr std::size_t kGatheredChunkBytesMax = 2'048;
/// Full chunks that wait to be taken; then no more bytes are opened.
inline constexpr std::size_t kReadyChunksMax = 2;
/// What one step of decompression should give. A piece of compressed input is halved when it gave
/// more, so that a bomb costs time and not memory.
inline constexpr std::size_t kOpenedStepBytes = 512u << 10;
inline constexpr std::size_t kCompressedPieceBytesMin = 256;
/// Share of control characters in the first bytes beyond which a file is not text: plain logs have
/// none, compressed data 11 percent; a log with some zero bytes after a power cut stays a log.
inline constexpr std::size_t kControlPercentMax = 5;
/// Members of an archive. A company's logs of a year, a file an hour and machine, stay below.
inline constexpr std::uint64_t kArchiveMembersMax = 1'000'000;
/// What may come out of an archive: so much in all, and so much for each of its own bytes (logs
/// reach 100, a file of one repeated line 1,000 with xz), but this much always.
inline constexpr std::uint64_t kArchiveBytesMax = 1ull << 40;
inline constexpr std::uint64_t kArchiveRatioMax = 2'000;
inline constexpr std::uint64_t kArchiveBytesAlways = 64u << 20;
/// What may be opened of an archive before it is asked for: two cores work at once.
inline constexpr std::size_t kArchiveAheadBytes = 2u << 20;
/// The path of a member.
inline constexpr std::size_t kArchiveNameBytesMax = 4'096;

/// A request's body as sent. Elasticsearch takes 100 MB; shippers send 5 to 20 MB at most.
inline constexpr std::size_t kBodyBytesMax = 64u << 20;
/// A body after decompression. Two threads open bodies, so twice this is held at the most.
inline constexpr std::size_t kOpenedBytesMax = 128u << 20;
/// Tokens of one file, and the file.
inline constexpr std::size_t kTokensMax = 10'000;
inline constexpr std::uint64_t kTokenFileBytesMax = 4u << 20;
/// When a sender may try again after we had no room.
inline constexpr int kRetryAfterSeconds = 5;

}  // namespace vedette::source
