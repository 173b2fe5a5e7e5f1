// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event/record.h"

namespace vedette::source {

/// Gathers the records of one request into few chunks, one open chunk per context (an index name,
/// say).
class RecordChunks {
  public:
    /// Envelope of every chunk; context and first_line are set here.
    explicit RecordChunks(event::Envelope envelope) : envelope_(std::move(envelope)) {}

    /// Adds a record and says in which chunk it is. `row_count`: how many rows it will give, where
    /// the source knows it; they count towards kChunkRecordsMax. One longer than
    /// event::kRecordBytesMax goes in parts into that one chunk, the key with the first part.
    std::uint32_t add(std::string_view record, std::string_view context, std::string key,
                      std::size_t row_count = 1);

    std::vector<event::Chunk> take() { return std::move(chunks_); }

  private:
    std::uint32_t open_chunk(std::string_view context, std::size_t record_bytes,
                             std::size_t row_count);

    event::Envelope envelope_;
    std::vector<event::Chunk> chunks_;
    struct Open {
        std::uint32_t chunk = 0;
        std::size_t row_count = 0;
    };
    std::unordered_map<std::string, Open> open_;  // by context
    std::uint64_t record_count_ = 0;
};

/// Cuts off the next part of at most `bytes_max`, not inside a UTF-8 character if that is what the
/// bytes are.
std::string_view take_record_part(std::string_view& rest, std::size_t bytes_max);

}  // namespace vedette::source
