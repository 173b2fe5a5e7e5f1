// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "event/limits.h"

/// Bounds of what one sender can make the remote-write source hold, besides those of
/// source/limits.h.
namespace vedette::source::remote_write {

/// Samples of one request. Prometheus sends 2,000 by default, agents up to 10,000.
inline constexpr std::size_t kSamplesMax = 200'000;
/// A request up to this is one record, as it came; a larger one is taken apart into parts of about
/// this.
inline constexpr std::size_t kPartBytesMax = 512u << 10;
inline constexpr std::size_t kPartSamplesMax = 1'024;
/// A sample with the labels that it is kept with: half of one would mean nothing.
inline constexpr std::size_t kSampleBytesMax = event::kRecordBytesMax;
/// Snappy makes at most 64 bytes of 3; whoever says more lies, and is told so before there is
/// memory for it.
inline constexpr std::size_t kSnappyRatioMax = 22;
inline constexpr std::size_t kSnappyBytesAlways = 128;

}  // namespace vedette::source::remote_write
