// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "journal/journal.h"

namespace vedette::journal {

/// The bytes of one record in a segment, little-endian:
///   u32 payload size | u8 kind | 3 zero bytes | u64 offset | u64 checksum | payload
/// The checksum is XXH3-64 over kind, offset, size and payload: stronger than a CRC-32 of the same
/// cost, and a record of zeros is not valid.
inline constexpr std::size_t kRecordHeadBytes = 24;

/// The bytes every segment begins with, followed by the offset of its first record (u64).
inline constexpr std::string_view kSegmentMagic = "VDJSEG1\n";
inline constexpr std::size_t kSegmentHeadBytes = 16;

void append_record(std::string& out, RecordKind kind, Offset offset, std::string_view payload);

/// What stands at the beginning of `bytes`.
struct Decoded {
    enum class State { whole, needs_more, damaged };
    State state = State::damaged;
    Offset offset = 0;
    RecordKind kind = RecordKind::chunk;
    std::string_view payload;    ///< borrows from the bytes
    std::size_t size_bytes = 0;  ///< head and payload; with needs_more what is needed at least
};
Decoded decode_record(std::string_view bytes);

/// Finds the next whole record after damage: the first position > 0 in `bytes` where a valid record
/// with an offset > `after` begins. Cost: one pass over the bytes.
std::optional<std::size_t> find_next_record(std::string_view bytes, Offset after);

}  // namespace vedette::journal
