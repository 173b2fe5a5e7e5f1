// SPDX-License-Identifier: Apache-2.0
#include "event/blank_record.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "event/told.h"

namespace vedette::event {

namespace {

bool is_blank(std::uint16_t flags) { return (flags & kRecordBlank) != 0; }

/// What the framer and the transport told, without what they told of blank records.
std::string context_of_rest(const Chunk& chunk, const std::vector<std::uint16_t>& flags) {
    if (std::all_of(flags.begin(), flags.end(), is_blank)) return {};
    auto split = split_told(chunk.envelope.context, chunk.record_count());
    if (!split) return chunk.envelope.context;
    Told& told = split->told;
    const std::size_t width = told.names.size();
    for (std::size_t i = 0; i < flags.size(); ++i) {
        if (!is_blank(flags[i])) continue;
        for (std::size_t j = 0; j < width; ++j) told.values[i * width + j].clear();
        if (!told.times_ns.empty()) told.times_ns[i] = 0;
    }
    return with_told(told, split->context);
}

}  // namespace

std::optional<std::uint32_t> blank_rows(const Chunk& chunk, std::size_t index) {
    if (chunk.flags.empty() || !is_blank(chunk.flags[index])) return std::nullopt;
    const std::string_view text = chunk.record(index);
    std::uint32_t rows = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rows);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (!is_number || rows > kBlankRowsMax) return std::nullopt;
    return rows;
}

Chunk with_blank_records(const Chunk& chunk, const std::map<std::size_t, std::uint32_t>& rows_of) {
    Chunk out;
    out.envelope = chunk.envelope;
    out.position = chunk.position;
    out.keys = chunk.keys;
    out.flags = chunk.flags;
    out.flags.resize(chunk.record_count());
    for (std::size_t i = 0; i < chunk.record_count(); ++i) {
        const auto blank = rows_of.find(i);
        if (blank == rows_of.end() || blank_rows(chunk, i)) {
            out.add_record(chunk.record(i));
            continue;
        }
        out.add_record(std::to_string(blank->second));
        out.flags[i] = kRecordBlank;
        if (!out.keys.empty()) out.keys[i].clear();
    }
    out.envelope.context = context_of_rest(chunk, out.flags);
    if (std::all_of(out.keys.begin(), out.keys.end(),
                    [](const std::string& key) { return key.empty(); })) {
        out.keys.clear();
    }
    if (std::all_of(out.flags.begin(), out.flags.end(), [](auto flags) { return flags == 0; })) {
        out.flags.clear();
    }
    return out;
}

}  // namespace vedette::event
