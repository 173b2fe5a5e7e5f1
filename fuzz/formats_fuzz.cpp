// SPDX-License-Identifier: Apache-2.0
// Every registered format: the first line names it, or the first byte picks one; the rest is cut
// into records by its own framing. VEDETTE_FUZZ_FORMAT holds it to one format: then all is text.
// Records must not depend on the pieces, rows not on the cut of batches, and every record gives at
// least one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "event/framer.h"
#include "parse/parser.h"
#include "parse/row_dump.h"

namespace {

using namespace vedette;

parse::Registry all_formats() {
    parse::Registry registry;
    parse::register_all(registry);
    return registry;
}

using Chunks = std::vector<std::shared_ptr<event::Chunk>>;

Chunks chunks_of(std::string_view text, const event::FormatDeclaration& format,
                 std::size_t piece_bytes) {
    Chunks chunks;
    const auto framer = event::make_framer(format.framing);
    const auto give = [&](event::Chunk& chunk) {
        chunk.envelope.source = "fuzz";
        chunk.envelope.format = format.name;
        if (chunk.record_count() > 0) chunks.push_back(std::make_shared<event::Chunk>(chunk));
        chunk = {};
    };
    event::Chunk chunk;
    while (!text.empty()) {
        const std::string_view piece = text.substr(0, piece_bytes);
        const std::size_t taken = framer->feed(piece, chunk);
        text.remove_prefix(taken);
        if (taken < piece.size()) give(chunk);
    }
    while (!framer->finish(chunk)) give(chunk);
    give(chunk);
    return chunks;
}

std::vector<std::string> records_of(const Chunks& chunks) {
    std::vector<std::string> records;
    for (const auto& chunk : chunks) {
        for (std::size_t i = 0; i < chunk->record_count(); ++i) {
            records.emplace_back(chunk->record(i));
        }
    }
    return records;
}

std::vector<std::string> rows_of(const parse::Registry& registry, const Chunks& chunks,
                                 std::size_t rows_max) {
    event::FieldDictionary fields;
    parse::Parser parser(registry, fields);
    event::Batch batch(fields);
    std::vector<std::string> rows;
    const auto dump = [&](event::Batch& full) {
        full.verify();
        for (std::uint32_t row = 0; row < full.row_count(); ++row) {
            rows.push_back(parse::dump_row(full, row));
        }
    };
    std::uint64_t offset = 0;
    for (const auto& chunk : chunks) parser.parse(chunk, offset++, batch, rows_max, dump);
    parser.finish(batch);
    dump(batch);
    return rows;
}

const parse::Format* held_to(const parse::Registry& registry) {
    const char* name = std::getenv("VEDETTE_FUZZ_FORMAT");
    if (name == nullptr) return nullptr;
    const parse::Format* format = registry.find(name);
    VD_CHECK(format != nullptr);
    return format;
}

std::pair<const parse::Format*, std::string_view> format_and_text(const parse::Registry& registry,
                                                                  std::string_view input) {
    static const parse::Format* const only = held_to(registry);
    if (only != nullptr) return {only, input};
    const std::size_t name_size = std::min(input.find('\n'), input.size());
    if (const parse::Format* named = registry.find(input.substr(0, name_size))) {
        return {named, input.substr(std::min(name_size + 1, input.size()))};
    }
    const auto picked = static_cast<unsigned char>(input[0]);
    return {&registry.formats()[picked % registry.formats().size()], input.substr(1)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const parse::Registry registry = all_formats();
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto [format, text] = format_and_text(registry, input);
    std::vector<std::string_view> lines;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    if (format->declaration.recognise) format->declaration.recognise(lines);
    const Chunks chunks = chunks_of(text, format->declaration, std::string_view::npos);
    const std::vector<std::string> records = records_of(chunks);
    VD_CHECK(records_of(chunks_of(text, format->declaration, 1 + size % 61)) == records);
    const auto rows = rows_of(registry, chunks, event::kBatchRowsMax);
    // A block is many records or, if it is damaged, none.
    const bool is_block = format->declaration.framing.kind == event::Framing::Kind::blocks;
    VD_CHECK(is_block || rows.size() >= records.size());
    VD_CHECK(rows_of(registry, chunks, 1) == rows);
    return 0;
}
