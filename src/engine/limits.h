// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace vedette::engine {

/// Findings of a scan that may still grow; past it the oldest is given out as it is, and once more
/// if it grows on.
inline constexpr std::size_t kGrowingFindingsMax = 10'000;

/// One rule file. The largest public Sigma rule has 60 KB.
inline constexpr std::uint64_t kRuleFileBytesMax = 10u << 20;
/// All rule files together; SigmaHQ's directory has 12 MB.
inline constexpr std::uint64_t kRuleSetBytesMax = 256u << 20;
/// Files of a rule set. SigmaHQ has 3,754.
inline constexpr std::size_t kRuleFilesMax = 100'000;

/// Payload bytes of one pipeline step: large enough that its commit is a small part, small enough
/// that four of them in a queue are no burden.
inline constexpr std::size_t kStepBytesMax = 2u << 20;
/// Steps waiting for the store; behind that the store reads the journal by itself.
inline constexpr std::size_t kStepsWaitingMax = 4;
/// How long the pipeline waits for news before it does its housekeeping.
inline constexpr int kReadWaitMs = 100;
/// How old incidents on disk may be while the pipeline has not caught up.
inline constexpr std::int64_t kIncidentsMs = 500;
/// How much judging a kill may have us do again. Saving three thousand open incidents writes 14 MB.
inline constexpr std::int64_t kCheckpointMs = 5'000;
/// How often a quiet pipeline commits the store's progress and the journal may be told what it can
/// let go.
inline constexpr std::int64_t kHousekeepingMs = 1'000;
/// A store's child that lost its server closes within this time (kStopTimeoutMs of the store,
/// twice).
inline constexpr int kStoreStartTimeoutMs = 30'000;
inline constexpr int kStoreStartPauseMs = 200;
/// A store's child that is killed this often while it starts has a reason to be.
inline constexpr int kStoreStartKillsMax = 5;
/// How far the store can be ahead of what the state says of it, in records, and much more.
inline constexpr std::uint64_t kLostOffsetsMax = 1'000'000;
/// A disk that takes longer for one record is broken.
inline constexpr int kControlTimeoutMs = 30'000;
/// How often detectors learn from the journal what time it is, while anything comes.
inline constexpr int kTickMs = 10'000;
/// The same while nothing comes: 60 bytes a minute, so that detectors see that it is so.
inline constexpr int kIdleTickMs = 60'000;

/// How often retention looks for what has become due, and how long it waits after a failure.
inline constexpr int kRetentionLookMs = 200;
inline constexpr int kRetentionRetryMs = 2'000;
/// The first pass after a start: what came while the server was down is stored by then.
inline constexpr int kFirstPassMs = 60'000;
/// A clock that stands this many days behind the newest arrival may be a wrong one: whoever sets
/// clocks does so within the hour.
inline constexpr std::int32_t kClockLeapDays = 3;
inline constexpr int kClockLeapPatienceMs = 3'600'000;

/// A sender's clock may be this far ahead of ours before we stop believing it.
inline constexpr std::int64_t kFutureAllowedNs = 5ll * 60 * 1'000'000'000;
/// A source that has shown nothing for this long holds no window open.
inline constexpr std::int64_t kSilenceNs = 5ll * 60 * 1'000'000'000;
/// Sources are named in the configuration or by a token; more than this is a mistake.
inline constexpr std::size_t kClockSourcesMax = 10'000;

/// Data sets, and names of fields in each, that are held against what rules test. Decoders make a
/// few dozen data sets; hostile JSON can name as many fields as the dictionary holds.
inline constexpr std::size_t kCoverageDatasetsMax = 256;
inline constexpr std::size_t kCoverageFieldsMax = 4'096;

/// A kept definition of a format with the tables it reads.
inline constexpr std::uint64_t kKeptFormatBytesMax = 64u << 20;
/// A kept look-up list: its definition and its file (event/lookup_limits.h).
inline constexpr std::uint64_t kKeptListBytesMax = 136u << 20;
/// Values of a list that may stand for a placeholder: rules try each of them on every event, and a
/// value of a rule has at most so many forms (rule/sigma/limits.h).
inline constexpr std::size_t kPlaceholderValuesMax = 1'000;
/// Events dated ahead after which the log tells of their source's clock.
inline constexpr std::uint64_t kAheadEventsTold = 10;
/// A file of the zone database; the largest has 4 KB.
inline constexpr std::uint64_t kZoneFileBytesMax = 64u << 10;

/// Saved searches: files of a folder, bytes of one, bytes of a name (it is a file's name as well).
inline constexpr std::size_t kSavedSearchesMax = 200;
inline constexpr std::size_t kSavedSearchBytesMax = 128u << 10;
inline constexpr std::size_t kSearchNameBytesMax = 64;
/// The shortest rhythm of a scheduled search, and the longest time that a run looks at.
inline constexpr std::int64_t kSearchEveryNsMin = 60ll * 1'000'000'000;
inline constexpr std::int64_t kSearchOverNsMax = 28ll * 86'400 * 1'000'000'000;
/// How much event time passes after the end of a run before it is done: events come in a little
/// disorder.
inline constexpr std::int64_t kSearchLateNs = 30ll * 1'000'000'000;
/// Missed runs of one search that are made up: a day of one that runs every five minutes.
inline constexpr std::int64_t kSearchRunsMadeUpMax = 288;
/// Findings of one run; a search that finds more rows asks too little of them.
inline constexpr std::size_t kSearchFindingsMax = 100;
/// Entities of one finding of a search, and bytes of its first event.
inline constexpr std::size_t kSearchEntitiesMax = 8;
inline constexpr std::size_t kSearchRawBytesMax = 1'000;
/// Pause before a run that the store could not answer is tried again.
inline constexpr int kSearchRetryMs = 5'000;

}  // namespace vedette::engine
