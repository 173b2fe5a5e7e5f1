// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace vedette::journal {

/// A segment is closed at this size: small enough that removing one frees space in good steps,
/// large enough that a busy day is a few hundred files.
inline constexpr std::uint64_t kSegmentBytes = 64ull << 20;
/// The largest record: a chunk (1 MiB of records by default, one record may be larger) with room.
inline constexpr std::uint64_t kRecordBytesMax = 256ull << 20;
/// What may wait for the disk before append() says no: about a second of a busy disk.
inline constexpr std::uint64_t kPendingBytesMax = 64ull << 20;
/// What is kept on disk when the configuration does not say otherwise.
inline constexpr std::uint64_t kQuotaBytes = 8ull << 30;

}  // namespace vedette::journal
