// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "event/limits.h"

/// Bounds of what one sender can make the OTLP source hold, besides those of source/limits.h.
namespace vedette::source::otlp {

/// Log records of one request. Exporters send 512, collectors 8,192 by default.
inline constexpr std::size_t kLogRecordsMax = 100'000;
/// A request up to this is one record, as it came; a larger one is taken apart into parts of about
/// this. Exporters' batches stay below; more would make a row's way to its record long.
inline constexpr std::size_t kPartBytesMax = 512u << 10;
inline constexpr std::size_t kPartRowsMax = 1'024;
/// A log record with the resource and scope that it is kept with: half of one would mean nothing.
inline constexpr std::size_t kLogRecordBytesMax = event::kRecordBytesMax;

}  // namespace vedette::source::otlp
