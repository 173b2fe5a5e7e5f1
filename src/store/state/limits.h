// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of the small relational state.
namespace vedette::store {

/// A reader's query or a checkpoint holds the lock for milliseconds; longer means a stuck process.
inline constexpr int kStateBusyMs = 5'000;
/// Pages SQLite may keep per connection. The hot set (applied, positions, outbox) has kilobytes.
inline constexpr int kStateCacheKib = 8'192;
/// The write-ahead log is cut back to this after a checkpoint, so that one big step leaves no
/// trace.
inline constexpr std::int64_t kStateWalBytesKept = 64 << 20;

/// Inbox, per stage. A thousand different failures are enough to see what is wrong with a source;
/// ten thousand leave room for a noisy neighbour. The counters tell the rest.
inline constexpr std::uint64_t kInboxRowsMax = 10'000;
inline constexpr std::uint64_t kInboxBytesMax = 64u << 20;
/// Of one raw record. The journal and the store hold it whole.
inline constexpr std::size_t kInboxRawBytesMax = 64u << 10;
/// Of one reason: it may quote the record.
inline constexpr std::size_t kInboxReasonBytesMax = 1u << 10;

/// SQLite refuses values over 1,000,000,000 bytes; half of that still leaves one page cache.
inline constexpr std::size_t kSnapshotBytesMax = 512u << 20;
/// Items one read gives at most; a page of a console shows a hundred.
inline constexpr std::size_t kStateReadRowsMax = 10'000;

}  // namespace vedette::store
