// SPDX-License-Identifier: Apache-2.0
#include "event/entry_framer.h"

#include <algorithm>
#include <cstdint>

#include "event/limits.h"
#include "event/piece_feed.h"

namespace vedette::event {

namespace {

constexpr std::size_t kSizeBytes = 8;

constexpr std::size_t kNone = std::string_view::npos;

/// Where a value ends whose bytes begin at `value` behind their size; kNone if the entry would be
/// longer than a record may be.
std::size_t end_of_value(std::string_view rest, std::size_t value) {
    std::uint64_t size = 0;
    for (std::size_t i = value; i-- > value - kSizeBytes;) {
        size = size << 8 | static_cast<unsigned char>(rest[i]);
    }
    const bool is_believed = value < kRecordBytesMax && size < kRecordBytesMax - value;
    return is_believed ? value + static_cast<std::size_t>(size) : kNone;
}

}  // namespace

std::size_t EntryFramer::feed(std::string_view bytes, Chunk& chunk) {
    return feed_pieces(
        pending_, bytes, [&] { return cut_all(false, chunk); },
        [&] { fields_end_ = searched_ = 0; });
}

bool EntryFramer::finish(Chunk& chunk) {
    if (!cut_all(true, chunk)) return false;
    if (pending_.empty()) return true;
    if (!give_entry(pending_, pending_.size(), chunk)) return false;
    pending_.clear();
    fields_end_ = searched_ = 0;
    return true;
}

// Cuts off every entry that is complete. False if the chunk has no room for one.
bool EntryFramer::cut_all(bool is_end, Chunk& chunk) {
    std::size_t at = 0;
    bool has_room = true;
    while (at < pending_.size()) {
        const std::string_view rest = std::string_view(pending_).substr(at);
        if (fields_end_ < rest.size() && rest[fields_end_] == '\n') {
            const std::size_t size = fields_end_ + 1;
            has_room = give_entry(rest.substr(0, fields_end_), size, chunk);
            if (!has_room) break;
            at += size;
            fields_end_ = searched_ = 0;
            continue;
        }
        if (read_field(rest, is_end)) continue;
        if (rest.size() <= kRecordBytesMax) break;
        has_room = give_part(rest, chunk);
        if (!has_room) break;
        at += kRecordBytesMax;
        fields_end_ = searched_ = 0;
    }
    pending_.erase(0, at);
    return has_room;
}

// Passes over the next field of `rest`. False if more bytes are needed to tell where it ends.
bool EntryFramer::read_field(std::string_view rest, bool is_end) {
    const std::size_t line_end = rest.find('\n', std::max(searched_, fields_end_));
    if (line_end == std::string_view::npos) {
        searched_ = rest.size();
        return false;
    }
    searched_ = line_end;
    std::size_t field_end = line_end + 1;
    const std::string_view line = rest.substr(fields_end_, line_end - fields_end_);
    if (line.find('=') == std::string_view::npos) {
        const std::size_t value = line_end + 1 + kSizeBytes;
        if (value > rest.size() && value <= kRecordBytesMax && !is_end) return false;
        const std::size_t end = value <= rest.size() ? end_of_value(rest, value) : kNone;
        if (end != kNone && end >= rest.size() && !is_end) return false;
        // Without a line end behind it this is no value of that size.
        if (end < rest.size() && rest[end] == '\n') field_end = end + 1;
    }
    if (field_end > kRecordBytesMax) return false;
    fields_end_ = searched_ = field_end;
    return true;
}

bool EntryFramer::give_entry(std::string_view entry, std::size_t consumed_bytes, Chunk& chunk) {
    if (entry.empty()) {
        given_.position += consumed_bytes;
    } else {
        if (entry.ends_with('\n')) entry.remove_suffix(1);
        if (!has_room(chunk, entry.size())) return false;
        give(entry, consumed_bytes, chunk);
    }
    given_.is_inside_longer = false;
    return true;
}

bool EntryFramer::give_part(std::string_view rest, Chunk& chunk) {
    if (!has_room(chunk, kRecordBytesMax)) return false;
    given_.is_inside_longer = true;
    give(rest.substr(0, kRecordBytesMax), kRecordBytesMax, chunk);
    return true;
}

}  // namespace vedette::event
