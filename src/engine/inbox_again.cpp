// SPDX-License-Identifier: Apache-2.0
#include "engine/inbox_again.h"

#include <fmt/format.h>

#include <charconv>

#include "parse/parser.h"

namespace vedette::engine {

namespace {

constexpr std::string_view kControlPrefix = "{\"type\":\"inbox\",\"read_again\":[";
constexpr std::string_view kControlEnd = "]}";

bool decodes(const std::shared_ptr<const event::Chunk>& chunk, const parse::Registry& formats,
             sandbox::Pool& workers) {
    event::FieldDictionary fields;
    event::Batch batch(fields);
    parse::Parser parser(formats, fields, &workers);
    bool fits = true;
    const auto look = [&](event::Batch& full) {
        for (const event::Row& row : full.rows())
            fits = fits && (row.flags & event::kRowNotDecoded) == 0;
    };
    parser.parse(chunk, 0, batch, event::kBatchRowsMax, look);
    parser.finish(batch);
    look(batch);
    return fits;
}

/// Eats a number and the mark behind it.
template <class Number>
bool take_number(std::string_view& rest, char mark, Number& out) {
    const char* const end = rest.data() + rest.size();
    const auto [stop, error] = std::from_chars(rest.data(), end, out);
    if (error != std::errc() || stop == end || *stop != mark) return false;
    rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()) + 1);
    return true;
}

}  // namespace

std::optional<event::Chunk> inbox_chunk(const store::InboxRow& row, const event::Envelope* original,
                                        const parse::Registry& formats, sandbox::Pool& workers,
                                        const std::string& as) {
    event::Chunk chunk;
    if (original != nullptr) chunk.envelope = *original;
    chunk.envelope.source = row.source;
    chunk.envelope.origin = row.origin;
    chunk.envelope.format =
        as.empty() ? event::recognise(formats.declarations(), {std::string_view(row.raw)}).name
                   : as;
    const parse::Format* const format = formats.find(chunk.envelope.format);
    if (format == nullptr) return std::nullopt;
    chunk.envelope.format_version = format->declaration.version;
    // "text" takes anything: that is no better than to have it in the inbox.
    if (as.empty() && chunk.envelope.format == "text") return std::nullopt;
    chunk.add_record(row.raw);
    chunk.keys.push_back(fmt::format("inbox/{}.{}", row.journal_offset, row.row));
    if (!decodes(std::make_shared<const event::Chunk>(chunk), formats, workers))
        return std::nullopt;
    return chunk;
}

std::string inbox_control(const std::vector<InboxEntry>& entries) {
    std::string out(kControlPrefix);
    for (const auto& [offset, row] : entries) out += fmt::format("[{},{}],", offset, row);
    if (!entries.empty()) out.pop_back();
    return out.append(kControlEnd);
}

std::vector<InboxEntry> inbox_of_control(std::string_view payload) {
    std::vector<InboxEntry> entries;
    if (!payload.starts_with(kControlPrefix) || !payload.ends_with(kControlEnd)) return {};
    payload.remove_prefix(kControlPrefix.size());
    payload.remove_suffix(kControlEnd.size());
    while (!payload.empty()) {
        InboxEntry entry;
        if (payload[0] != '[') return {};
        payload.remove_prefix(1);
        if (!take_number(payload, ',', entry.first) || !take_number(payload, ']', entry.second))
            return {};
        entries.push_back(entry);
        if (payload.empty()) break;
        if (payload[0] != ',') return {};
        payload.remove_prefix(1);
    }
    return entries;
}

}  // namespace vedette::engine
