// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of what one sender can make the HTTP source hold.
namespace vedette::source::http {

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

}  // namespace vedette::source::http
