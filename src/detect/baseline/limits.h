// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of the baseline detector, and what it promises.
namespace vedette::detect::baseline {

/// One test in so many tells while nothing is wrong: the share of false alarms that is promised.
inline constexpr double kPromise = 0.001;
/// An expectation that stands on fewer observations says nothing yet, its own and others' together.
inline constexpr double kWeightMin = 5;
/// Of values: whose past has fewer observations decides nothing.
inline constexpr double kObservationsMin = 20;
/// What each comparison weighs among those of one test, chosen before: self, peers, everybody.
inline constexpr double kSelfWeight = 2, kPeersWeight = 1, kEverybodyWeight = 0.5;
/// Bits of running evidence at which nothing more is learned from an entity.
inline constexpr double kBitsOfFullRisk = 10;
/// Bits of running evidence beyond which what an entity taught and still waits is dropped.
inline constexpr double kBitsOfSuspicion = 5;
/// Whole days after its own that what a day taught waits before the slow baseline learns it.
inline constexpr std::int32_t kWaitDays = 1;
/// And how long a value that is new to an entity waits.
inline constexpr std::int64_t kWaitNs = 86'400ll * 1'000'000'000;
/// Evidence at which an entity that drifts is told of, and days until it may be told of again.
inline constexpr double kDriftBits = 9;
inline constexpr std::int32_t kDriftQuietDays = 28;
/// A drift may have begun on any of so many days: the stake of one beginning.
inline constexpr double kDriftBeginnings = 90;
/// An event that says it is later than its arrival by more teaches nothing: one record dated 2100
/// would make all that was learned before weigh nothing, of everybody.
inline constexpr std::int64_t kAheadMaxNs = 300ll * 1'000'000'000;
/// Open windows of one length and entity: the newest and the one before, for what comes late.
inline constexpr std::size_t kOpenWindows = 2;
/// Bytes of an entity's name and of a value that are kept; what is longer is cut.
inline constexpr std::size_t kNameBytesMax = 64;
inline constexpr std::size_t kValueBytesMax = 160;
/// Of the name of a metric series: its labels tell it from its sisters.
inline constexpr std::size_t kSeriesNameBytesMax = 512;
/// Memory of what is known of entities: their windows, their values, themselves.
inline constexpr std::size_t kWindowBytesMax = 256u << 20;
inline constexpr std::size_t kValueBytesBudget = 96u << 20;
inline constexpr std::size_t kEntityBytesMax = 64u << 20;
/// And of metric series, each 14 KiB: some nine thousand.
inline constexpr std::size_t kSeriesBytesMax = 128u << 20;
/// A series of fewer samples is only learned from: nothing is odd yet (learn/series).
inline constexpr double kSeriesFirstSamples = 31;
/// So many samples behind one that was told are no tests: they share what is odd about it.
inline constexpr double kOddStretchSamples = 20;
inline constexpr std::size_t kDriftBytesMax = 96u << 20;
/// Of windows of several numbers, 5.5 KB each, and the windows that a model of them remembers.
inline constexpr std::size_t kVectorBytesMax = 64u << 20;
inline constexpr std::size_t kVectorRowsMax = 4'096;
/// Values that may stand before one whose order is judged; of entities' pasts 620 bytes each.
inline constexpr std::size_t kSequenceValues = 3;
inline constexpr std::size_t kSequenceBytesMax = 32u << 20;
/// The steps of all analytics and owners: a million cells, half of them contexts.
inline constexpr std::size_t kStepBytesMax = 24u << 20;
inline constexpr double kSequenceHalfLifeNs = 30.0 * 86'400 * 1e9;
/// What came longer ago is no longer before: people sit down anew.
inline constexpr std::int64_t kSequencePauseNs = 3'600ll * 1'000'000'000;
/// Counters of one row of the sketch that peers and everybody share, as a power of two: 256 KiB a
/// behaviour.
inline constexpr unsigned kNoveltyWidthLog2 = 14;

/// Tests after which a behaviour knows by itself what happens once in a thousand.
inline constexpr std::uint64_t kTestsForConfidence = 1'000;
/// Entities of one type whose groups are learned; 6.5 MiB a type.
inline constexpr std::size_t kPeersMax = 16'384;
/// A day is over with a row of so much later: what comes late within it still counts.
inline constexpr std::int64_t kPeersGraceNs = 3'600ll * 1'000'000'000;
/// Sightings of late after which an entity is one of them.
inline constexpr unsigned kPeerSightingsMin = 10;

}  // namespace vedette::detect::baseline
