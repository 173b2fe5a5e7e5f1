// SPDX-License-Identifier: Apache-2.0
#include "event/document_framer.h"

#include <algorithm>
#include <array>
#include <optional>

#include "event/limits.h"
#include "event/piece_feed.h"

namespace vedette::event {

namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
/// What encloses a list of records is not longer than this, blanks included.
constexpr std::size_t kOpeningBytesMax = 256;
/// AWS: Records (CloudTrail), Events (lookup-events); Azure: records, value.
constexpr std::array<std::string_view, 5> kListNames = {"Records", "records", "Events", "events",
                                                        "value"};

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(kBlank, at), text.size());
}

/// The size of `{"Records": [` up to the first element; 0 if the text begins otherwise, nothing if
/// more bytes are needed to tell. The element must be an object: a list of words is a field.
std::optional<std::size_t> opening_of_list(std::string_view text) {
    std::size_t at = 1;
    const auto next = [&]() -> char {
        at = skip_blanks(text, at);
        return at < text.size() ? text[at++] : '\0';
    };
    const auto more = [&]() -> std::optional<std::size_t> {
        if (text.size() > kOpeningBytesMax) return 0;
        return std::nullopt;
    };
    if (text.front() == '{') {
        const char quote = next();
        if (quote == '\0') return more();
        if (quote != '"') return 0;
        const std::size_t end = text.find('"', at);
        if (end == std::string_view::npos) return more();
        const std::string_view name = text.substr(at, end - at);
        if (std::find(kListNames.begin(), kListNames.end(), name) == kListNames.end()) return 0;
        at = end + 1;
        const char colon = next();
        if (colon == '\0') return more();
        const char bracket = colon == ':' ? next() : 'x';
        if (bracket == '\0') return more();
        if (bracket != '[') return 0;
    }
    const char element = next();
    if (element == '\0') return more();
    return element == '{' ? at - 1 : 0;
}

}  // namespace

std::size_t DocumentFramer::feed(std::string_view bytes, Chunk& chunk) {
    return feed_pieces(
        pending_, bytes, [&] { return cut_all(false, chunk); },
        [&] {
            looked_ = 0;
            now_ = begin_;
        });
}

bool DocumentFramer::finish(Chunk& chunk) { return cut_all(true, chunk); }

// Cuts off everything that is complete. False if the chunk has no room for it.
bool DocumentFramer::cut_all(bool is_end, Chunk& chunk) {
    std::size_t at = 0;
    Cut what = Cut::done;
    while (at < pending_.size()) {
        std::size_t size = 0;
        what = cut(std::string_view(pending_).substr(at), is_end, size, chunk);
        if (what != Cut::done) break;
        at += size;
    }
    pending_.erase(0, at);
    return what != Cut::no_room;
}

DocumentFramer::Cut DocumentFramer::pass_over(std::size_t& size, std::size_t bytes) {
    size = bytes;
    given_.position += bytes;
    return Cut::done;
}

DocumentFramer::Cut DocumentFramer::cut(std::string_view rest, bool is_end, std::size_t& size,
                                        Chunk& chunk) {
    if (begin_.is_any() || looked_ > 0) return cut_value(rest, is_end, size, chunk);
    if (const std::size_t blanks = skip_blanks(rest, 0); blanks > 0) return pass_over(size, blanks);
    if (given_.position == 0 && rest.starts_with(kByteOrderMark)) {
        return pass_over(size, kByteOrderMark.size());
    }
    std::string& context = given_.header.text;
    const char first = rest.front();
    if (is_in_list()) {
        if (first == ',') return pass_over(size, 1);
        if (first == ']') {
            context = context.starts_with('{') ? context + "]" : "";
            return pass_over(size, 1);
        }
    } else if (is_behind_list()) {
        if (first == '}') context.clear();
        // Other members and their commas: names, numbers and values are skipped one by one.
        if (first != '{' && first != '[' && first != '"') return pass_over(size, 1);
    } else if (first == '{' || first == '[') {
        const auto opening = opening_of_list(rest);
        if (!opening && !is_end) return Cut::more;
        if (opening.value_or(0) > 0) {
            context = rest.substr(0, *opening);
            context.erase(std::remove_if(context.begin(), context.end(),
                                         [](char c) { return kBlank.find(c) != kBlank.npos; }),
                          context.end());
            return pass_over(size, *opening);
        }
    }
    const bool is_value =
        first == '{' || first == '[' || (first == '"' && (is_in_list() || is_behind_list()));
    return is_value ? cut_value(rest, is_end, size, chunk) : cut_text(rest, is_end, size, chunk);
}

// Looks on for the end of the value that `rest` begins with, at most as far as a record goes;
// looked_ is behind it if it is there.
bool DocumentFramer::find_end(std::string_view rest) {
    const std::size_t limit = std::min(rest.size(), kRecordBytesMax);
    while (looked_ < limit) {
        const char c = rest[looked_];
        if (now_.is_string && c == '\\') {
            if (looked_ + 1 == limit) return false;
            looked_ += 2;
            continue;
        }
        ++looked_;
        if (c == '"') {
            now_.is_string = !now_.is_string;
        } else if (now_.is_string) {
            continue;
        } else if (c == '{' || c == '[') {
            ++now_.depth;
        } else if (c == '}' || c == ']') {
            --now_.depth;
        }
        if (!now_.is_any()) return true;
    }
    return false;
}

// Goes on behind what was cut: a new value, or the rest of the same.
void DocumentFramer::begin_anew(bool is_within_value) {
    if (!is_within_value) now_ = {};
    begin_ = now_;
    looked_ = 0;
}

DocumentFramer::Cut DocumentFramer::cut_value(std::string_view rest, bool is_end, std::size_t& size,
                                              Chunk& chunk) {
    const bool is_whole = find_end(rest);
    const bool is_last = !is_whole && is_end && rest.size() <= kRecordBytesMax;
    if (is_behind_list()) {
        size = is_last ? rest.size() : looked_;
        given_.position += size;
        begin_anew(!is_whole && !is_last);
        return size > 0 ? Cut::done : Cut::more;
    }
    const bool is_part = !is_whole && rest.size() >= kRecordBytesMax && !is_last;
    if (!is_whole && !is_last && !is_part) return Cut::more;
    size = is_last ? rest.size() : looked_;
    if (!is_part) {
        const Cut what = give_whole(rest, size, chunk);
        if (what == Cut::done) begin_anew(false);
        return what;
    }
    if (!has_room(chunk, size)) return Cut::no_room;
    given_.is_inside_longer = true;
    give(rest.substr(0, size), size, chunk);
    begin_anew(true);
    return Cut::done;
}

DocumentFramer::Cut DocumentFramer::cut_text(std::string_view rest, bool is_end, std::size_t& size,
                                             Chunk& chunk) {
    const std::string_view ends = is_in_list() ? ",]\n" : "\n";
    const std::size_t end = rest.substr(0, kRecordBytesMax).find_first_of(ends);
    if (end == std::string_view::npos && rest.size() < kRecordBytesMax && !is_end) return Cut::more;
    size = std::min({end, rest.size(), kRecordBytesMax});
    return give_whole(rest, size, chunk);
}

DocumentFramer::Cut DocumentFramer::give_whole(std::string_view rest, std::size_t size,
                                               Chunk& chunk) {
    std::string_view record = rest.substr(0, size);
    record = record.substr(0, record.find_last_not_of(kBlank) + 1);
    if (!has_room(chunk, record.size())) return Cut::no_room;
    give(record, size, chunk);
    given_.is_inside_longer = false;
    return Cut::done;
}

int recognise_documents(std::string_view head) {
    constexpr int kCertainty = 91;  // above that of JSON lines, which sees the first line alone
    if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
    head.remove_prefix(skip_blanks(head, 0));
    if (head.empty() || (head[0] != '{' && head[0] != '[')) return 0;
    const std::size_t line_end = head.find('\n');
    const std::size_t second = skip_blanks(head, 1);
    if (second == head.size()) return 0;
    const bool is_list = opening_of_list(head).value_or(0) > 0;
    const bool is_object = head[0] == '{' && head[second] == '"';
    if (!is_list && !is_object) return 0;
    // JSON lines are what ends its first value within its first line.
    if (line_end == std::string_view::npos) return is_list ? kCertainty : 0;
    std::size_t depth = 0;
    bool is_in_string = false;
    for (std::size_t at = 0; at < line_end; ++at) {
        const char c = head[at];
        if (is_in_string) {
            if (c == '\\') ++at;
            if (c == '"') is_in_string = false;
            continue;
        }
        if (c == '"') is_in_string = true;
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && --depth == 0) return 0;
    }
    return is_in_string ? 0 : kCertainty;
}

}  // namespace vedette::event
