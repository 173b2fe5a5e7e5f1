// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of a file that says what is to be learned: whoever writes one decides over our memory.
namespace vedette::rule::analytic {

/// Analytics in force at once.
inline constexpr std::size_t kAnalyticsMax = 1'000;
/// Windows of one analytic, and how long one may be. The longest is a week, because the rhythm that
/// is learned is that of a week.
inline constexpr std::size_t kWindowsMax = 4;
inline constexpr std::int64_t kWindowMinMs = 1'000;
inline constexpr std::int64_t kWindowMaxMs = 7ll * 86'400'000;
/// Fields of one entity, of one combination; numbers of one vector.
inline constexpr std::size_t kEntityFieldsMax = 4;
inline constexpr std::size_t kCombinationFieldsMax = 4;
inline constexpr std::size_t kVectorPartsMax = 8;
/// Bits that a finding may be asked to have; more than this never comes.
inline constexpr double kBitsAskedMax = 100;
/// Bytes of the sentence, and of the identifier.
inline constexpr std::size_t kSentenceBytesMax = 400;
inline constexpr std::size_t kIdBytesMax = 64;

}  // namespace vedette::rule::analytic
