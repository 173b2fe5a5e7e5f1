// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of what one sender can make us hold.
namespace vedette::event {

/// Different field names of all sources together; a dictionary entry costs about 100 bytes.
inline constexpr std::size_t kFieldsMax = 65'536;
/// New field names one source may add. Real packs have 541 (Windows) to 1,068 (CloudTrail).
inline constexpr std::size_t kFieldsPerSourceMax = 4'096;
/// Longer field names go to the overflow map; the longest real one has 143 bytes.
inline constexpr std::size_t kFieldNameBytesMax = 512;
/// Rows of one batch: enough to spread fixed costs, small enough to stay in the cache.
inline constexpr std::size_t kBatchRowsMax = 4'096;
/// Raw bytes of one batch.
inline constexpr std::size_t kBatchBytesMax = 8u << 20;
/// Memory that an emptied batch keeps for its next rows; what hostile rows made it grow beyond is
/// given back. Full batches of the largest real events (OTRF) use 45 MB.
inline constexpr std::size_t kBatchKeptBytesMax = 96u << 20;
/// Raw text that decoders made is kept in blocks of about this size.
inline constexpr std::size_t kRawBlockBytes = 256u << 10;
/// A longer record is cut into parts of this size, each kept as a row of its own.
inline constexpr std::size_t kRecordBytesMax = 1u << 20;
/// Records of one chunk, so that an insert, which never splits a chunk, stays small.
inline constexpr std::size_t kChunkRecordsMax = 4'096;
/// Bytes of one chunk; one record may exceed it alone.
inline constexpr std::size_t kChunkBytesMax = 1u << 20;
/// Header lines of one input, which every chunk of it carries. Zeek's largest take 2 KB, a table of
/// 1,000 columns 20 KB.
inline constexpr std::size_t kContextBytesMax = 64u << 10;
/// Values of one row. A record with more keeps its raw text and the first ones.
inline constexpr std::size_t kValuesPerRowMax = 16'384;
/// Depth of nested objects and arrays.
inline constexpr std::size_t kDepthMax = 64;

}  // namespace vedette::event
