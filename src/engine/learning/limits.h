// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace vedette::engine::learning {

/// Rows that are handed on at once, and their raw bytes.
inline constexpr std::size_t kBatchRows = 4'096;
inline constexpr std::size_t kBatchRawBytes = std::size_t{16} << 20;
/// An answer of the store for one day.
inline constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{1} << 42;
/// Beyond this the store sorts a day on the disk.
inline constexpr std::uint64_t kSortBytesInMemory = std::uint64_t{256} << 20;
/// The clock of detectors goes on in such steps of event time.
inline constexpr std::int64_t kTickNs = 5 * 60 * std::int64_t{1'000'000'000};
/// Findings that are shown of one behaviour; the rest is counted.
inline constexpr std::size_t kSamplesPerAnalytic = 5;
/// The longest history that is learned from at once.
inline constexpr std::int64_t kDaysMax = 3'660;
/// Events that are subtracted, in all: a million would be no attack but a history of its own. One
/// is looked up for each stored row, 16 bytes in memory each.
inline constexpr std::size_t kSubtractedMax = 200'000;
/// The kept list of them: an id has 32 bytes at most.
inline constexpr std::size_t kSubtractedBytesMax = kSubtractedMax * 32 + 64;
/// How often the pipeline is looked at while its place is waited for.
inline constexpr int kPlaceLookMs = 20;

}  // namespace vedette::engine::learning
