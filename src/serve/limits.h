// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace vedette::serve {

/// Requests of people and scripts on this machine that wait for a worker; more get a 503.
inline constexpr std::size_t kAdminQueueMax = 64;
/// Workers: a long search must not hold up /metrics and the next search.
inline constexpr int kAdminWorkers = 3;
/// Live searches at once, each with a thread while it waits, and those that wait for one.
inline constexpr int kLiveWorkers = 4;
inline constexpr std::size_t kLiveQueueMax = 8;
/// How long one request of a live search waits for news.
inline constexpr int kLiveWaitMs = 1'000;
/// Live tables at once, each with up to 100,000 groups (rule/search/limits.h), and how long nobody
/// asked for one that may be given up for another.
inline constexpr std::size_t kLiveTablesMax = 8;
inline constexpr int kLiveTableIdleMs = 10'000;
/// Events one search gives at most; exports have commands of their own.
inline constexpr std::size_t kSearchRowsMax = 10'000;
/// Bounds of SQL that a person wrote: half of the time that a search may take, an eighth of the
/// engine's memory, as many rows as a table of a search.
inline constexpr int kSqlSeconds = 30;
inline constexpr std::size_t kSqlMemoryBytes = 256u << 20;
inline constexpr std::size_t kSqlRowsMax = 25'000;
inline constexpr std::size_t kSqlBytesMax = 64u << 20;
/// One day of a replay; whoever asked gave up by then (kAnswerTimeoutMs of the commands).
inline constexpr int kReplaySecondsMax = 540;
/// A query with its options is small.
inline constexpr std::size_t kAdminBodyBytesMax = 1u << 20;

}  // namespace vedette::serve
