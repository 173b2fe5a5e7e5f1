// SPDX-License-Identifier: Apache-2.0
#include "event/element_framer.h"

#include <algorithm>
#include <utility>

#include "event/limits.h"
#include "event/piece_feed.h"

namespace vedette::event {

namespace {

constexpr std::string_view kElementBlank = " \t\r\n";
constexpr std::string_view kElementByteOrderMark = "\xEF\xBB\xBF";
/// What a part of a longer element leaves for the next one, so that no mark is cut in two.
constexpr std::size_t kPartRestBytes = 64;

}  // namespace

ElementFramer::ElementFramer(std::string_view name, FramerState from)
    : Framer(std::move(from)), begin_("<" + std::string(name)), end_("</" + std::string(name)) {}

std::size_t ElementFramer::feed(std::string_view bytes, Chunk& chunk) {
    return feed_pieces(
        pending_, bytes, [&] { return cut_all(false, chunk); },
        [&] { searched_ = std::min(searched_, pending_.size()); });
}

bool ElementFramer::finish(Chunk& chunk) { return cut_all(true, chunk); }

// Cuts off everything that is complete. False if the chunk has no room for it.
bool ElementFramer::cut_all(bool is_end, Chunk& chunk) {
    std::size_t at = 0;
    bool has_room = true;
    while (at < pending_.size()) {
        std::size_t size = 0;
        const Cut what = cut(std::string_view(pending_).substr(at), is_end, size, chunk);
        has_room = what != Cut::no_room;
        if (what == Cut::more || what == Cut::no_room) break;
        if (what == Cut::passed_over) given_.position += size;
        at += size;
        searched_ = 0;
    }
    pending_.erase(0, at);
    return has_room;
}

ElementFramer::Cut ElementFramer::cut(std::string_view rest, bool is_end, std::size_t& size,
                                      Chunk& chunk) {
    Cut what = Cut::more;
    if (given_.is_inside_longer || begins_element(rest)) {
        what = cut_element(rest, size, chunk);
    } else if (const std::size_t blank = rest.find_first_not_of(kElementBlank); blank != 0) {
        size = std::min(blank, rest.size());
        return Cut::passed_over;
    } else if (given_.position == 0 && rest.starts_with(kElementByteOrderMark)) {
        size = kElementByteOrderMark.size();
        return Cut::passed_over;
    } else if (rest[0] == '<' && (is_end || rest.size() > begin_.size())) {
        what = cut_markup(rest, size);
    } else if (rest[0] != '<') {
        what = cut_text(rest, is_end, size, chunk);
    }
    if (what != Cut::more) return what;
    if (rest.size() > kRecordBytesMax) return cut_part(rest, size, chunk);
    if (!is_end) return Cut::more;
    size = rest.size();
    return give_whole(rest, size, chunk);
}

bool ElementFramer::begins_element(std::string_view rest) const {
    return rest.size() > begin_.size() && rest.starts_with(begin_) &&
           (kElementBlank.find(rest[begin_.size()]) != std::string_view::npos ||
            rest[begin_.size()] == '>' || rest[begin_.size()] == '/');
}

ElementFramer::Cut ElementFramer::cut_element(std::string_view rest, std::size_t& size,
                                              Chunk& chunk) {
    if (!given_.is_inside_longer) {
        const std::size_t tag_end = rest.find('>');
        if (tag_end != std::string_view::npos && rest[tag_end - 1] == '/') {
            size = tag_end + 1;
            return give_whole(rest, size, chunk);
        }
    }
    for (std::size_t at = rest.find(end_, searched_); at != std::string_view::npos;
         at = rest.find(end_, at + 1)) {
        const std::size_t close = rest.find_first_not_of(kElementBlank, at + end_.size());
        if (close == std::string_view::npos) {
            searched_ = at;
            return Cut::more;
        }
        if (rest[close] != '>') continue;
        size = close + 1;
        return give_whole(rest, size, chunk);
    }
    searched_ = rest.size() - std::min(rest.size(), end_.size());
    return Cut::more;
}

ElementFramer::Cut ElementFramer::cut_markup(std::string_view rest, std::size_t& size) const {
    std::string_view end = ">";
    if (rest.starts_with("<!--")) end = "-->";
    if (rest.starts_with("<?")) end = "?>";
    const std::size_t at = rest.find(end);
    if (at == std::string_view::npos) return Cut::more;
    size = at + end.size();
    return size > kRecordBytesMax ? Cut::more : Cut::passed_over;
}

ElementFramer::Cut ElementFramer::cut_text(std::string_view rest, bool is_end, std::size_t& size,
                                           Chunk& chunk) {
    const std::size_t end = rest.find('<');
    if (end == std::string_view::npos && !is_end) return Cut::more;
    size = std::min(end, rest.size());
    return give_whole(rest, size, chunk);
}

ElementFramer::Cut ElementFramer::cut_part(std::string_view rest, std::size_t& size, Chunk& chunk) {
    size = kRecordBytesMax - kPartRestBytes;
    while (size > kRecordBytesMax - 2 * kPartRestBytes &&
           (static_cast<unsigned char>(rest[size]) & 0xC0) == 0x80) {
        --size;  // not inside a UTF-8 character
    }
    if (!has_room(chunk, size)) return Cut::no_room;
    given_.is_inside_longer = true;
    give(rest.substr(0, size), size, chunk);
    return Cut::record;
}

// Gives out the first `size` bytes, without the blanks at their end, as one record or as the last
// part of one. One that is too long for a record is given out part by part.
ElementFramer::Cut ElementFramer::give_whole(std::string_view rest, std::size_t& size,
                                             Chunk& chunk) {
    if (size > kRecordBytesMax) return cut_part(rest, size, chunk);
    std::string_view record = rest.substr(0, size);
    record = record.substr(0, record.find_last_not_of(kElementBlank) + 1);
    if (!has_room(chunk, record.size())) return Cut::no_room;
    give(record, size, chunk);
    given_.is_inside_longer = false;
    return Cut::record;
}

}  // namespace vedette::event
