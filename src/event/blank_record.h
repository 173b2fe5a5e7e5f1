// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "event/record.h"

namespace vedette::event {

/// A record whose bytes had to go, because they were a person's data. It stays in its chunk as a
/// gap: flag kRecordBlank and, as decimal text in place of its bytes, the number of rows that it
/// gave, which stay taken, so that the ids of the rows behind it do not move. It gives no rows.
inline constexpr std::uint16_t kRecordBlank = 0x8000;

/// More rows than this no record gives; a larger number is none of ours and stands for no gap.
inline constexpr std::uint32_t kBlankRowsMax = 1u << 24;

/// How many rows a blank record stands for; nothing if record `index` is not blank.
std::optional<std::uint32_t> blank_rows(const Chunk& chunk, std::size_t index);

/// The chunk with the records of `rows_of` (index -> rows they gave) blank, their keys and what the
/// transport told of them (told.h) gone; where no record is left, all of Envelope::context too.
/// Envelope and position stay: a source goes on by them. Records that are blank stay as they are.
Chunk with_blank_records(const Chunk& chunk, const std::map<std::size_t, std::uint32_t>& rows_of);

}  // namespace vedette::event
