// SPDX-License-Identifier: Apache-2.0
#include "source/hec/raw_body.h"

#include <algorithm>

#include "event/framer.h"
#include "source/limits.h"

namespace vedette::source::hec {

namespace {

std::vector<std::string_view> first_lines(std::string_view body) {
    std::vector<std::string_view> lines;
    while (!body.empty() && lines.size() < kRecogniseRecordsMax) {
        std::string_view line = body.substr(0, body.find('\n'));
        body.remove_prefix(std::min(body.size(), line.size() + 1));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) lines.push_back(line.substr(0, kWatchedBytesMax));
    }
    return lines;
}

}  // namespace

RawKind raw_kind(const event::FormatDeclarations& formats, std::string_view sourcetype,
                 std::string_view body) {
    const auto named =
        std::find_if(formats.begin(), formats.end(), [&](const event::FormatDeclaration& format) {
            return !sourcetype.empty() && format.name == sourcetype;
        });
    const event::FormatDeclaration& format =
        named != formats.end() ? *named : event::recognise(formats, first_lines(body));
    RawKind kind;
    // Lines that stand alone are all that can be told of a request: what other framings need (a
    // header, the end of an element) may be in another one.
    kind.framing.continues = format.framing.continues;
    if (format.name != "text") kind.format = format.name;
    return kind;
}

std::vector<event::Chunk> raw_chunks(std::string_view body, const event::Framing& framing,
                                     const event::Envelope& envelope) {
    event::FramerState from;
    from.header.text = envelope.context;  // what the framer puts into every chunk
    const auto framer = event::make_framer(framing, std::move(from));
    std::vector<event::Chunk> chunks;
    event::Chunk chunk;
    const auto give = [&] {
        if (chunk.record_count() == 0) return;
        const std::uint64_t first_line = chunk.envelope.first_line;
        chunk.envelope = envelope;
        chunk.envelope.first_line = first_line;
        chunks.push_back(std::move(chunk));
        chunk = {};
    };
    while (true) {
        body.remove_prefix(framer->feed(body, chunk));
        if (body.empty()) break;
        give();
    }
    while (!framer->finish(chunk)) give();
    give();
    return chunks;
}

}  // namespace vedette::source::hec
