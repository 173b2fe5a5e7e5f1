// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what a transport tells of records.
namespace vedette::event {

/// Fields of a record.
inline constexpr std::size_t kToldNamesMax = 64;
/// Values of one chunk together.
inline constexpr std::size_t kToldBytesMax = 2u << 20;

}  // namespace vedette::event
