// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace vedette::engine::masking {

/// Entries of `masking:`, and names or patterns of one: each is looked at for every record.
inline constexpr std::size_t kEntriesMax = 100;
inline constexpr std::size_t kNamesMax = 100;
/// Memory of one compiled pattern.
inline constexpr std::int64_t kPatternBytesMax = 8 << 20;
/// Values to be masked in one record; one with more is masked whole.
inline constexpr std::size_t kSecretsMax = 256;
/// A shorter value is masked only where it stands alone: "al" is in too many words.
inline constexpr std::size_t kShortBytes = 4;
/// Steps that looking for one value may take for each byte of the record: text takes less than one.
inline constexpr std::size_t kStepsPerByteMax = 16;
/// Bytes of a chunk looked at to tell binary records from text.
inline constexpr std::size_t kBinaryHeadBytes = 256;
/// Bytes of the key.
inline constexpr std::size_t kKeyBytes = 32;
/// Different decoders kept for sources that hand in records at the same time.
inline constexpr std::size_t kDecodersKept = 4;

/// Masks that each of them remembers.
inline constexpr std::size_t kMasksKept = 16'384;

}  // namespace vedette::engine::masking
