// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds that more than one room keeps. Each says why it is what it is.
namespace vedette::base {

/// A log line of the same name more often than this tells nothing new and can fill a disk.
inline constexpr int kLogLinesPerNameAndMinute = 20;

}  // namespace vedette::base
