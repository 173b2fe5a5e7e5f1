// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of the process that hosts the engine.
namespace vedette::store::host {

/// Connections at once: two writers, a few searches, the admin. Each has a thread and an engine
/// session.
inline constexpr std::size_t kConnectionsMax = 16;
/// Text of a statement. ClickHouse's own bound (max_query_size) is 256 KiB.
inline constexpr std::size_t kStatementBytesMax = 256u << 10;
/// Body of one request. The writer's inserts stay below a quarter of it.
inline constexpr std::size_t kBodyBytesMax = 256u << 20;
/// Settings and values of one request: a search has at most 1,000 tests of a few values each.
inline constexpr std::size_t kParametersMax = 8'192;
/// Bytes handed to an insert stream at once: the stream copies them, so pieces stay small.
inline constexpr std::size_t kAppendBytes = 1u << 20;
/// How long statements that run may go on after we were asked to stop.
inline constexpr int kStopWaitMs = 8'000;
/// How long the engine's own lock may stay behind ours when a process ends: both go with it.
inline constexpr int kEngineLockWaitMs = 1'000;
/// Of each text of a start report: all three stay far below what a pipe takes (64 KiB).
inline constexpr std::size_t kStartReportTextBytesMax = 4'000;

/// Caches of the engine. Their defaults (5 GB of marks, 2 GB of posting lists) are for large
/// servers; a few weeks of marks of one machine's events fit here, and what does not is read again.
inline constexpr std::uint64_t kMarkCacheBytes = 32u << 20;
inline constexpr std::uint64_t kTextIndexCacheBytes = 32u << 20;
inline constexpr std::uint64_t kSmallCacheBytes = 8u << 20;
/// Threads of the engine for everything (queries, parsing, closing of parts). Measured need:
/// about 40.
inline constexpr int kEngineThreadsMax = 200;

/// A search that takes longer is cut off, unless its client asks for more.
inline constexpr int kReadSecondsDefault = 60;
/// No statement of any kind runs longer.
inline constexpr int kStatementSecondsMax = 24 * 3600;

}  // namespace vedette::store::host
