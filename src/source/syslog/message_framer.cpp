// SPDX-License-Identifier: Apache-2.0
#include "source/syslog/message_framer.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "source/message_part.h"
#include "source/syslog/limits.h"

namespace vedette::source::syslog {

namespace {

constexpr std::string_view kMessageEnds("\n\r\0", 3);

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Bytes before the first LF or NUL; npos if there is none.
std::size_t find_line_end(std::string_view bytes) {
    const void* const line = std::memchr(bytes.data(), '\n', bytes.size());
    const std::size_t size =
        line == nullptr ? bytes.size()
                        : static_cast<std::size_t>(static_cast<const char*>(line) - bytes.data());
    const void* const nul = std::memchr(bytes.data(), '\0', size);
    if (nul != nullptr) {
        return static_cast<std::size_t>(static_cast<const char*>(nul) - bytes.data());
    }
    return line == nullptr ? std::string_view::npos : size;
}

}  // namespace

std::size_t MessageFramer::feed(std::string_view bytes, event::Chunk& chunk) {
    const std::size_t size = bytes.size();
    bool has_place = true;
    while (!bytes.empty() && has_place) {
        switch (step_) {
            case Step::between: skip_between(bytes); break;
            case Step::start: feed_start(bytes); break;
            case Step::counted: has_place = feed_counted(bytes, chunk); break;
            case Step::line: has_place = feed_line(bytes, chunk); break;
        }
    }
    return size - bytes.size();
}

void MessageFramer::skip_between(std::string_view& bytes) {
    const std::size_t skipped = std::min(bytes.find_first_not_of(kMessageEnds), bytes.size());
    given_.position += skipped;
    bytes.remove_prefix(skipped);
    if (bytes.empty()) return;
    const bool may_be_counted =
        framing_ != MessageFraming::lines && is_digit(bytes.front()) && bytes.front() != '0';
    step_ = may_be_counted ? Step::start : Step::line;
}

void MessageFramer::hold(std::string_view& bytes, std::size_t size) {
    pending_.append(bytes.substr(0, size));
    consumed_bytes_ += size;
    bytes.remove_prefix(size);
}

// The byte that tells is looked at and left, unless it is the blank.
void MessageFramer::feed_start(std::string_view& bytes) {
    const char next = bytes.front();
    if (!pending_.empty() && pending_.back() == ' ') {
        was_counted_ |= next == '<';
        return next == '<' ? begin_counted() : static_cast<void>(step_ = Step::line);
    }
    const bool is_blank = next == ' ';
    if (!is_blank && (!is_digit(next) || pending_.size() >= kCountDigitsMax)) {
        step_ = Step::line;
        return;
    }
    hold(bytes, 1);
    was_counted_ |= is_blank && framing_ == MessageFraming::counted;
    if (is_blank && was_counted_) begin_counted();
}

void MessageFramer::begin_counted() {
    std::from_chars(pending_.data(), pending_.data() + pending_.size(), left_bytes_);
    pending_.clear();
    step_ = Step::counted;
}

// False: the chunk is full.
bool MessageFramer::feed_counted(std::string_view& bytes, event::Chunk& chunk) {
    for (;;) {
        const std::size_t room = kMessageBytesMax - pending_.size();
        if (left_bytes_ <= room) break;
        const std::size_t size = std::min(room, bytes.size());
        hold(bytes, size);
        left_bytes_ -= size;
        if (size < room) return true;
        if (!give_part(chunk)) return false;
    }
    if (bytes.size() < left_bytes_) {
        left_bytes_ -= bytes.size();
        hold(bytes, bytes.size());
        return true;
    }
    // The last byte is taken together with the record's place, so that no whole message waits.
    if (!has_room(chunk, pending_.size() + left_bytes_)) return false;
    hold(bytes, std::exchange(left_bytes_, 0));
    give_message(chunk);
    return true;
}

bool MessageFramer::feed_line(std::string_view& bytes, event::Chunk& chunk) {
    for (;;) {
        const std::size_t end = find_line_end(bytes);
        const std::size_t size = std::min(end, bytes.size());
        const std::size_t room = kMessageBytesMax - pending_.size();
        if (size > room) {
            hold(bytes, room);
            if (!give_part(chunk)) return false;
            continue;
        }
        if (end == std::string_view::npos) {
            hold(bytes, size);
            return true;
        }
        if (!has_room(chunk, pending_.size() + size)) return false;
        hold(bytes, size);
        bytes.remove_prefix(1);
        ++consumed_bytes_;
        give_message(chunk);
        return true;
    }
}

// There is room. A message of line ends alone is none.
void MessageFramer::give_message(event::Chunk& chunk) {
    const std::size_t last = pending_.find_last_not_of(kMessageEnds);
    const std::size_t size = last == std::string::npos ? 0 : last + 1;
    const std::size_t consumed = std::exchange(consumed_bytes_, 0);
    if (size > 0) {
        give(std::string_view(pending_).substr(0, size), consumed, chunk);
    } else {
        given_.position += consumed;
    }
    given_.is_inside_longer = false;
    pending_.clear();
    step_ = Step::between;
}

bool MessageFramer::give_part(event::Chunk& chunk) {
    const std::size_t size = message_part_size(pending_);
    if (!has_room(chunk, size)) return false;
    if (!given_.is_inside_longer) ++longer_count_;
    given_.is_inside_longer = true;
    const std::size_t kept = pending_.size() - size;
    give(std::string_view(pending_).substr(0, size), consumed_bytes_ - kept, chunk);
    consumed_bytes_ = kept;
    pending_.erase(0, size);
    return true;
}

bool MessageFramer::finish(event::Chunk& chunk) {
    if (step_ == Step::between) return true;
    if (!has_room(chunk, pending_.size())) return false;
    left_bytes_ = 0;
    give_message(chunk);
    return true;
}

}  // namespace vedette::source::syslog
