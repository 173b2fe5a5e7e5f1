// SPDX-License-Identifier: Apache-2.0
#include "event/framer.h"

#include <utility>

#include "event/batch.h"
#include "event/block_framer.h"
#include "event/document_framer.h"
#include "event/element_framer.h"
#include "event/entry_framer.h"
#include "event/limits.h"
#include "event/line_framer.h"

namespace vedette::event {

bool Framer::has_room(const Chunk& chunk, std::size_t record_bytes) {
    return chunk.ends.size() < kChunkRecordsMax &&
           (chunk.ends.empty() || chunk.bytes.size() + record_bytes <= kChunkBytesMax);
}

void Framer::give(std::string_view record, std::size_t consumed_bytes, Chunk& chunk) {
    if (chunk.ends.empty()) {
        chunk.envelope.first_line = given_.record_count;
        chunk.envelope.context = given_.header.text;
    }
    given_.header.is_open = false;
    chunk.add_record(record);
    const std::uint16_t flags = given_.is_inside_longer ? kRowPartOfLonger : 0;
    if (flags != 0 && chunk.flags.empty()) chunk.flags.resize(chunk.ends.size() - 1, 0);
    if (flags != 0 || !chunk.flags.empty()) chunk.flags.push_back(flags);
    ++given_.record_count;
    given_.position += consumed_bytes;
}

std::unique_ptr<Framer> make_framer(const Framing& framing, FramerState from) {
    switch (framing.kind) {
        case Framing::Kind::blocks:
            return std::make_unique<BlockFramer>(framing.blocks, std::move(from));
        case Framing::Kind::element:
            return std::make_unique<ElementFramer>(framing.element, std::move(from));
        case Framing::Kind::documents: return std::make_unique<DocumentFramer>(std::move(from));
        case Framing::Kind::entries: return std::make_unique<EntryFramer>(std::move(from));
        case Framing::Kind::lines:
        case Framing::Kind::whole: break;
    }
    return std::make_unique<LineFramer>(framing, std::move(from));
}

}  // namespace vedette::event
