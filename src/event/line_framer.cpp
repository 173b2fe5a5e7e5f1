// SPDX-License-Identifier: Apache-2.0
#include "event/line_framer.h"

#include <algorithm>
#include <cstring>

#include "event/limits.h"

namespace vedette::event {

namespace {

std::string_view without_carriage_return(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

// Where to cut a record that goes on behind kRecordBytesMax: not inside a UTF-8 character, if that
// is what the bytes are (a character has at most three continuation bytes).
std::size_t part_size(std::string_view record) {
    for (std::size_t size = kRecordBytesMax; size + 3 >= kRecordBytesMax; --size) {
        if ((static_cast<unsigned char>(record[size]) & 0xC0) != 0x80) return size;
    }
    return kRecordBytesMax;
}

}  // namespace

std::size_t LineFramer::feed(std::string_view bytes, Chunk& chunk) {
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        const std::string_view rest = bytes.substr(taken);
        const void* const found = framing_.kind == Framing::Kind::lines
                                      ? std::memchr(rest.data(), '\n', rest.size())
                                      : nullptr;
        if (found == nullptr) {
            std::size_t held = 0;
            hold(rest, held, chunk);
            return taken + held;
        }
        const auto size = static_cast<std::size_t>(static_cast<const char*>(found) - rest.data());
        if (pending_.empty() && size <= kRecordBytesMax) [[likely]] {
            if (!end_line(rest.substr(0, size), chunk)) return taken;
        } else {
            std::size_t held = 0;
            const bool is_held = hold(rest.substr(0, size), held, chunk);
            if (!is_held || !end_pending(1, chunk)) return taken + held;
        }
        taken += size + 1;
    }
    return taken;
}

bool LineFramer::finish(Chunk& chunk) {
    std::size_t none = 0;
    return hold({}, none, chunk) && (pending_.empty() || end_pending(0, chunk)) &&
           give_group(chunk);
}

// Adds bytes without a line end to the unfinished record and gives out its parts as they get full.
// False if the chunk has no room for a part; `taken` counts what was taken all the same.
bool LineFramer::hold(std::string_view bytes, std::size_t& taken, Chunk& chunk) {
    for (;;) {
        const std::size_t room = kRecordBytesMax + 1 - pending_.size();
        const std::string_view piece = bytes.substr(taken, room);
        pending_.append(piece);
        taken += piece.size();
        if (pending_.size() <= kRecordBytesMax) return true;
        // One byte too many: unless it is half of a line end, the record is longer than a record
        // may be.
        const bool may_be_line_end = framing_.kind == Framing::Kind::lines &&
                                     taken == bytes.size() && pending_.back() == '\r';
        if (may_be_line_end) return true;
        if (!give_part(chunk)) return false;
    }
}

bool LineFramer::end_line(std::string_view line, Chunk& chunk) {
    const std::string_view record = without_carriage_return(line);
    if (record.empty()) {
        pass_over(line.size() + 1);
        given_.is_inside_longer = false;
        return true;
    }
    if (is_header(record)) return chunk.ends.empty() && take_header(record, line.size() + 1);
    if (!end_record(record, line.size() + 1, chunk)) return false;
    given_.is_inside_longer = false;
    return true;
}

bool LineFramer::end_pending(std::size_t line_end_bytes, Chunk& chunk) {
    std::string_view record = pending_;
    if (framing_.kind == Framing::Kind::lines) record = without_carriage_return(record);
    if (record.empty()) {
        pass_over(pending_.size() + line_end_bytes);
    } else if (is_header(record)) {
        if (!chunk.ends.empty()) return false;
        take_header(record, pending_.size() + line_end_bytes);
    } else {
        if (!end_record(record, pending_.size() + line_end_bytes, chunk)) return false;
    }
    given_.is_inside_longer = false;
    pending_.clear();
    return true;
}

// A whole line: a record of its own, or a part of one that has several. False: nothing happened.
bool LineFramer::end_record(std::string_view line, std::size_t consumed_bytes, Chunk& chunk) {
    // The rest of a line that was too long stands for itself.
    if (!framing_.continues || given_.is_inside_longer) {
        if (!has_room(chunk, line.size())) return false;
        give(line, consumed_bytes, chunk);
        return true;
    }
    const bool has_place = group_.size() + 1 + line.size() <= kRecordBytesMax;
    if (!group_.empty() && has_place && framing_.continues(group_, line)) {
        group_ += '\n';
    } else if (!give_group(chunk)) {
        return false;
    }
    group_ += line;
    group_bytes_ += consumed_bytes;
    return true;
}

// False: the chunk is full and nothing happened.
bool LineFramer::give_group(Chunk& chunk) {
    if (group_.empty()) return true;
    if (!has_room(chunk, group_.size())) return false;
    give(group_, group_bytes_, chunk);
    group_.clear();
    group_bytes_ = 0;
    return true;
}

// The position is that of the oldest unfinished record: bytes behind it count when it is given out.
void LineFramer::pass_over(std::size_t bytes) {
    (group_.empty() ? given_.position : group_bytes_) += bytes;
}

bool LineFramer::is_header(std::string_view line) const {
    return !given_.is_inside_longer && given_.header.wants(framing_, line);
}

bool LineFramer::take_header(std::string_view line, std::size_t consumed_bytes) {
    given_.header.take(framing_, line);
    given_.position += consumed_bytes;
    return true;
}

bool LineFramer::give_part(Chunk& chunk) {
    const std::size_t size = part_size(pending_);
    if (!give_group(chunk) || !has_room(chunk, size)) return false;
    given_.is_inside_longer = true;
    give(std::string_view(pending_).substr(0, size), size, chunk);
    pending_.erase(0, size);
    return true;
}

}  // namespace vedette::event
