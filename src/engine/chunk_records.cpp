// SPDX-License-Identifier: Apache-2.0
#include "engine/chunk_records.h"

namespace vedette::engine {

void ChunkDecoder::decode(const std::shared_ptr<const event::Chunk>& chunk, std::uint64_t offset,
                          const std::function<void(const event::Batch& batch)>& look) {
    parser_.parse(chunk, offset, batch_, event::kBatchRowsMax,
                  [&](event::Batch& full) { look(full); });
    parser_.finish(batch_);
    if (!batch_.is_empty()) look(batch_);
    batch_.clear();
}

std::map<std::size_t, std::vector<std::uint32_t>> ChunkDecoder::rows_of_records(
    const std::shared_ptr<const event::Chunk>& chunk, std::uint64_t offset) {
    std::map<std::size_t, std::vector<std::uint32_t>> rows_of;
    decode(chunk, offset, [&](const event::Batch& batch) {
        for (const event::Row& row : batch.rows()) {
            // A row's line is the number of its record within the origin.
            rows_of[row.line - chunk->envelope.first_line].push_back(row.id.row);
        }
    });
    return rows_of;
}

}  // namespace vedette::engine
