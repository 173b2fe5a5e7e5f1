// SPDX-License-Identifier: Apache-2.0
// Plain lists: a value a line. Remarks begin with # or ; at a line's start or behind a blank, so
// that fragments of URLs stay. Lines of a hosts file (0.0.0.0 evil.example) give their names.
#include <algorithm>

#include "event/table_text.h"
#include "rule/intel/feed_input.h"

namespace vedette::rule::intel {

namespace {

/// What stands before a remark.
std::string_view without_remark(std::string_view line) {
    line = event::trimmed(line);
    if (line.starts_with('#') || line.starts_with(';') || line.starts_with("//")) return {};
    for (const std::string_view mark : {" #", " ;", "\t#", "\t;", " //", ";"}) {
        // A semicolon without a blank ends an address, never a URL.
        if (mark == ";" && line.find('/') != std::string_view::npos &&
            line.find(':') != std::string_view::npos) {
            continue;
        }
        line = line.substr(0, line.find(mark));
    }
    return event::trimmed(line);
}

bool is_sink(std::string_view word) {
    return word == "0.0.0.0" || word == "127.0.0.1" || word == "::1" || word == "::";
}

}  // namespace

base::Result<void> read_plain(FeedInput& out, std::string_view where, std::string_view text) {
    const FeedSettings& settings = out.settings();
    std::size_t number = 0;
    std::string place;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line = text.substr(at, end - at);
        at = end + 1;
        place.assign(where).append(":").append(std::to_string(++number));
        if (settings.type == IndicatorType::user_agent) {
            line = event::trimmed(line);
            if (line.empty() || line.starts_with('#')) continue;
        } else {
            line = without_remark(line);
            if (line.empty()) continue;
            const std::size_t blank = line.find_first_of(" \t");
            const bool is_range = line.find(" -") != std::string_view::npos ||
                                  line.find("- ") != std::string_view::npos;
            if (blank != std::string_view::npos && !is_range && is_sink(line.substr(0, blank))) {
                line = event::trimmed(line.substr(blank));
                line = line.substr(0, line.find_first_of(" \t"));
            } else if (blank != std::string_view::npos && !is_range) {
                line = line.substr(0, blank);
            }
        }
        FeedEntry entry;
        entry.type = settings.type;
        entry.value = line;
        out.add(entry, place);
    }
    return {};
}

}  // namespace vedette::rule::intel
