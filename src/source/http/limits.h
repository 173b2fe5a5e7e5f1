// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of what one sender can make the HTTP source hold.
namespace vedette::source::http {

/// A request's body as sent. Elasticsearch takes 100 MB; shippers send 5 to 20 MB at most.
inline constexpr std::size_t kBodyBytesMax = 64u << 20;
/// A body after decompression. Two threads open bodies, so twice this is held at the most.
inline constexpr std::size_t kOpenedBytesMax = 128u << 20;
/// Items of one `_bulk`. Shippers send 50 to 50,000; 100,000 items and their answer need about 30
/// MB.
inline constexpr std::size_t kBulkItemsMax = 100'000;
/// One document. Beyond event::kRecordBytesMax it is kept in parts, all in one chunk, so that it is
/// there whole or not at all; the chunk has to fit into what may wait for the disk.
inline constexpr std::size_t kDocumentBytesMax = 16u << 20;
/// Elasticsearch's own limit for `_id`. Source: its reference, "_id field"
inline constexpr std::size_t kIdBytesMax = 512;
/// Elasticsearch's own limit for names of indices. Source: its reference, "Create index API"
inline constexpr std::size_t kIndexBytesMax = 255;
/// Nesting of an action line's values that we only skip.
inline constexpr int kActionDepthMax = 16;
/// A source name given in a path becomes part of every event.
inline constexpr std::size_t kSourceNameBytesMax = 64;
/// Tokens of one file, and the file.
inline constexpr std::size_t kTokensMax = 10'000;
inline constexpr std::uint64_t kTokenFileBytesMax = 4u << 20;
/// Records looked at to recognise the format of lines.
inline constexpr std::size_t kRecogniseRecordsMax = 20;
/// When a sender may try again after we had no room.
inline constexpr int kRetryAfterSeconds = 5;

}  // namespace vedette::source::http
