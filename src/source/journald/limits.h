// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of the journal source.
namespace vedette::source::journald {

/// A value of an entry as far as it is taken; the journal itself allows 768 MB (core dumps).
inline constexpr std::size_t kValueBytesMax = 256u << 10;
/// How many units and identifiers can be asked for.
inline constexpr std::size_t kMatchesMax = 256;

inline constexpr int kWaitMs = 100;      ///< for new entries; also how quickly stop() is noticed
inline constexpr int kRetryMs = 50;      ///< after the journal had no room
inline constexpr int kReopenMs = 1'000;  ///< for a folder that is not there, or damage

}  // namespace vedette::source::journald
