// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of the event store. Each says why it is what it is.
namespace vedette::store {

/// The child answers 0.3 s after its start with an empty store; one with many parts reads their
/// heads.
inline constexpr int kStartTimeoutMs = 120'000;
inline constexpr int kPingTimeoutMs = 5'000;
/// Pauses before a restart: a kill is over at once, a full disk is not asked ten times a second.
inline constexpr int kRestartPauseMsMin = 50;
inline constexpr int kRestartPauseMsMax = 2'000;
/// A child that lived this long did not fail by starting.
inline constexpr int kHealthySeconds = 2;
/// Longer than the child waits for statements that run (host/limits.h).
inline constexpr int kStopTimeoutMs = 15'000;
/// The child's messages are few; an old file of this size is kept beside the new one.
inline constexpr long kHostLogBytesMax = 1 << 20;
/// How much of those of this start an error of start() shows.
inline constexpr std::size_t kLogTailBytes = 1'000;
/// A start report is three short texts (host/start_report.h); a pipe full of anything else is none.
inline constexpr std::size_t kStartReportBytesMax = 64u << 10;

/// Rows and bytes of one insert. CPU of the engine for a row by size of insert, at 949 bytes: 2,000
/// rows 42 us, 5,000 rows 29 us, 20,000 rows 21 us. Bytes bound the memory of writer and child.
inline constexpr std::size_t kInsertRowsMax = 30'000;
inline constexpr std::size_t kInsertBytesMax = 32u << 20;
/// See WriterOptions::age_ms.
inline constexpr int kBusyPatience = 4;
/// How far behind arrival an insert may be, beside its age, that still builds the index of words.
/// The index adds an eighth to the cost of a row at 40,000 a second.
inline constexpr std::int64_t kIndexedLagMsMax = 500;
/// How often an idle writer thread looks whether the gathered rows are old.
inline constexpr int kIdleLookMs = 50;
/// Pauses between tries while the store is away.
inline constexpr int kRetryPauseMsMin = 20;
inline constexpr int kRetryPauseMsMax = 2'000;
/// Sendings of the same rows that ended with a broken connection, each after the store had
/// answered, before the rows are taken for the cause. A store that somebody kills now and then
/// stays below it.
inline constexpr int kBrokenSendingsMax = 20;
/// Rows in a block of a question that needed too much memory: of the largest records these are
/// 128 MB, half of what the engine then takes.
inline constexpr int kFrugalBlockRows = 128;
/// Values of a question that travel in the request's target; a ClickHouse server takes up to 1 MiB
/// of it (http_max_uri_size), others less. Larger ones go as a form.
inline constexpr std::size_t kTargetValuesBytesMax = 16u << 10;
/// Offsets behind the mark that are asked for at once: 8 MB here, some 20 MB as text.
inline constexpr std::size_t kPresentPageMax = 1'000'000;

/// How often a mutation is looked after, and how often in a row it may be seen failing: a full disk
/// that empties within a minute is no reason to give up.
inline constexpr int kMutationLookMs = 200;
inline constexpr int kMutationFailuresMax = 300;
/// Rounds in which merges may take parts from under us before the day is written anew instead.
inline constexpr int kPartTriesMax = 20;
/// Ids that a mutation keeps back at once: some 50 MB of the engine's memory.
inline constexpr std::size_t kHeldIdsMax = 500'000;
/// Ids that are sent at once: some 4 MB.
inline constexpr std::size_t kIdsOfInsertMax = 200'000;
/// A part that nobody reads any more goes at once; a long search may still read one.
inline constexpr int kPurgeTimeoutMs = 300'000;

}  // namespace vedette::store
