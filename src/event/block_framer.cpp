// SPDX-License-Identifier: Apache-2.0
#include "event/block_framer.h"

#include <algorithm>

#include "base/check.h"

namespace vedette::event {

BlockFramer::BlockFramer(Framing::Blocks blocks, FramerState from)
    : Framer(std::move(from)), blocks_(std::move(blocks)), is_past_header_(given_.position > 0) {
    VD_CHECK(blocks_.block_bytes > 0);
}

std::size_t BlockFramer::feed(std::string_view bytes, Chunk& chunk) {
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        const std::size_t wanted = is_past_header_
                                       ? blocks_.block_bytes
                                       : blocks_.header_bytes + blocks_.block_magic.size();
        if (pending_.size() < wanted) {
            const std::string_view piece = bytes.substr(taken, wanted - pending_.size());
            pending_.append(piece);
            taken += piece.size();
        }
        if (!is_past_header_ && !pass_over_header(false)) continue;
        while (pending_.size() >= blocks_.block_bytes) {
            if (!end_block(chunk)) return taken;
        }
    }
    return taken;
}

bool BlockFramer::finish(Chunk& chunk) {
    if (!is_past_header_) pass_over_header(true);
    while (!pending_.empty()) {
        if (!end_block(chunk)) return false;
    }
    return true;
}

// False if more bytes are needed to tell where the first block begins.
bool BlockFramer::pass_over_header(bool is_end) {
    const std::string_view head = pending_;
    const bool is_all_there = head.size() >= blocks_.header_bytes + blocks_.block_magic.size();
    if (!is_all_there && !is_end) return false;
    is_past_header_ = true;
    const bool has_header =
        head.starts_with(blocks_.header_magic) ||
        (is_all_there && head.substr(blocks_.header_bytes).starts_with(blocks_.block_magic));
    if (!has_header) return true;
    const std::size_t size = std::min<std::size_t>(head.size(), blocks_.header_bytes);
    given_.position += size;
    pending_.erase(0, size);
    return true;
}

// Gives out what is pending, at most a block. False if the chunk has no room.
bool BlockFramer::end_block(Chunk& chunk) {
    const std::string_view block = std::string_view(pending_).substr(0, blocks_.block_bytes);
    if (block.find_first_not_of('\0') == std::string_view::npos) {
        given_.position += block.size();
    } else {
        if (!has_room(chunk, block.size())) return false;
        give(block, block.size(), chunk);
    }
    pending_.erase(0, block.size());
    return true;
}

}  // namespace vedette::event
