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

}  // namespace vedette::engine::learning
