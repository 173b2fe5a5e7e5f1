// SPDX-License-Identifier: Apache-2.0
#include "source/record_chunks.h"

#include "event/batch.h"
#include "event/limits.h"

namespace vedette::source {

std::string_view take_record_part(std::string_view& rest, std::size_t bytes_max) {
    std::size_t size = std::min(rest.size(), bytes_max);
    if (size < rest.size()) {
        // A character has at most three continuation bytes.
        for (std::size_t back = 0; back < 4 && back < size; ++back) {
            if ((static_cast<unsigned char>(rest[size - back]) & 0xC0) == 0x80) continue;
            size -= back;
            break;
        }
    }
    const std::string_view part = rest.substr(0, size);
    rest.remove_prefix(size);
    return part;
}

std::uint32_t RecordChunks::open_chunk(std::string_view context, std::size_t record_bytes,
                                       std::size_t row_count) {
    const auto [entry, is_new] = open_.try_emplace(std::string(context));
    Open& open = entry->second;
    const bool has_room = !is_new && open.row_count + row_count <= event::kChunkRecordsMax &&
                          chunks_[open.chunk].bytes.size() + record_bytes <= event::kChunkBytesMax;
    if (!has_room) {
        open = {static_cast<std::uint32_t>(chunks_.size()), 0};
        event::Chunk& chunk = chunks_.emplace_back();
        chunk.envelope = envelope_;
        chunk.envelope.context = context;
        chunk.envelope.first_line = record_count_;
    }
    open.row_count += row_count;
    return open.chunk;
}

std::uint32_t RecordChunks::add(std::string_view record, std::string_view context, std::string key,
                                std::size_t row_count) {
    const std::uint32_t number = open_chunk(context, record.size(), row_count);
    event::Chunk& chunk = chunks_[number];
    const bool is_longer = record.size() > event::kRecordBytesMax;
    if (!key.empty() && chunk.keys.empty()) chunk.keys.resize(chunk.record_count());
    if (is_longer && chunk.flags.empty()) chunk.flags.resize(chunk.record_count(), 0);
    do {
        chunk.add_record(take_record_part(record, event::kRecordBytesMax));
        if (!key.empty() || !chunk.keys.empty()) chunk.keys.push_back(std::move(key));
        key.clear();
        if (is_longer) {
            chunk.flags.push_back(event::kRowPartOfLonger);
        } else if (!chunk.flags.empty()) {
            chunk.flags.push_back(0);
        }
        ++record_count_;
    } while (!record.empty());
    return number;
}

}  // namespace vedette::source
