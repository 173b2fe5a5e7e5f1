// SPDX-License-Identifier: Apache-2.0
#include "engine/learning/subtracted_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/learning/limits.h"
#include "engine/replay/found_event.h"

namespace vedette::engine::learning {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view kSubtractedMark = "vedette subtracted events 1\n";

auto too_many() {
    return base::fail(ErrorCode::limit, "these are too many events to subtract", {},
                      fmt::format("at most {} in all", kSubtractedMax));
}

auto damaged_list() {
    return base::fail(ErrorCode::corrupt, "the list of subtracted events is damaged", {},
                      "restore it from a backup");
}

constexpr std::size_t kIdBytesMax = 64;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

Result<EventIds> read_event_ids(std::string_view text) {
    EventIds out;
    std::size_t number = 1;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '\n') ++number;
        if (text[at] == '\n' || is_blank(text[at])) {
            ++at;
            continue;
        }
        if (text[at] == '#') {
            at = std::min(text.find('\n', at), text.size());
            continue;
        }
        const std::size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
        // The longest id has 31 bytes, with a node before it 52.
        const auto id = replay::event_id_of(text.substr(at, std::min(end - at, kIdBytesMax)));
        if (!id) {
            return base::fail(ErrorCode::bad_input, "this is no event's id",
                              fmt::format("line {}", number),
                              "write them as findings show them, e.g. 4711:0, one a line");
        }
        if (out.size() >= kSubtractedMax) return too_many();
        out.push_back(*id);
        at = end;
    }
    return out;
}

std::size_t put_in_order(EventIds& ids) {
    const std::size_t before = ids.size();
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return before - ids.size();
}

bool contains(const EventIds& ids, event::EventId id) {
    return std::binary_search(ids.begin(), ids.end(), id);
}

std::string encode_subtracted(const EventIds& ids) {
    std::string out(kSubtractedMark);
    for (const event::EventId& id : ids) {
        fmt::format_to(std::back_inserter(out), "{}:{}\n", id.offset, id.row);
    }
    return out;
}

Result<EventIds> decode_subtracted(std::string_view bytes) {
    if (bytes.size() > kSubtractedBytesMax) return too_many();
    if (!bytes.starts_with(kSubtractedMark)) return damaged_list();
    VD_TRY(EventIds ids, read_event_ids(bytes.substr(kSubtractedMark.size())));
    put_in_order(ids);
    if (encode_subtracted(ids) != bytes) return damaged_list();
    return ids;
}

}  // namespace vedette::engine::learning
