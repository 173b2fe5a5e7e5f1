// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of judging stored events by a rule again.
namespace vedette::engine::replay {

/// Events that are judged at once.
inline constexpr std::size_t kBatchRows = 4'096;
inline constexpr std::size_t kBatchRawBytes = 16u << 20;
/// Values of one event that can be read in two ways; every combination is judged, so 16 times.
inline constexpr std::size_t kAmbiguousMax = 4;
/// Events whose columns do not tell enough and whose records are decoded again.
inline constexpr std::size_t kRecordsMax = 20'000;
/// Of those, asked for at once.
inline constexpr std::size_t kRecordsAskedMax = 200;
/// Different values that are counted to find the noisiest, of all fields together; values that come
/// later are not, and the result says so. Of each half where a replay is read in two.
inline constexpr std::size_t kValuesCountedMax = 50'000;
/// Of each field, in a result.
inline constexpr std::size_t kValuesShownMax = 1'000;
inline constexpr std::size_t kValueBytesMax = 200;
/// Events that a result names.
inline constexpr std::size_t kSamplesMax = 20;
/// Days of one replay: ten years.
inline constexpr std::size_t kDaysMax = 3'660;

}  // namespace vedette::engine::replay
