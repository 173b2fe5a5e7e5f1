// SPDX-License-Identifier: Apache-2.0
// A file of event XML, whatever its bytes: neither records nor rows may depend on the pieces in
// which it came or on the cut of batches. The first byte says how long the pieces are.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "event/framer.h"
#include "parse/parser.h"
#include "parse/row_dump.h"

namespace vedette::parse {
void register_event_xml(Registry& registry);
}  // namespace vedette::parse

namespace {

using namespace vedette;

event::Chunk cut(const event::Framing& framing, std::string_view bytes, std::size_t piece_bytes) {
    const auto framer = event::make_framer(framing);
    event::Chunk chunk;
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, piece_bytes);
        VD_CHECK(framer->feed(piece, chunk) == piece.size());
        bytes.remove_prefix(piece.size());
    }
    VD_CHECK(framer->finish(chunk));
    return chunk;
}

std::vector<std::string> rows_of(const parse::Registry& registry, event::Chunk cut_chunk,
                                 std::size_t rows_max) {
    auto chunk = std::make_shared<event::Chunk>(std::move(cut_chunk));
    chunk->envelope.source = "fuzz";
    chunk->envelope.format = "event_xml";
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
    parser.parse(chunk, 0, batch, rows_max, dump);
    parser.finish(batch);
    dump(batch);
    return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const parse::Registry registry = [] {
        parse::Registry out;
        parse::register_event_xml(out);
        return out;
    }();
    // Less than a chunk: no record is shorter than "a<>".
    constexpr std::size_t kBytesMax = 3 * event::kChunkRecordsMax - 3;
    if (size == 0 || size > kBytesMax) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const event::Framing framing = registry.find("event_xml")->declaration.framing;
    const event::Chunk whole = cut(framing, bytes, bytes.size() + 1);
    const event::Chunk pieces = cut(framing, bytes, data[0] + std::size_t{1});
    VD_CHECK(whole.bytes == pieces.bytes && whole.ends == pieces.ends);
    const auto rows = rows_of(registry, whole, event::kBatchRowsMax);
    VD_CHECK(rows.size() >= whole.record_count());
    VD_CHECK(rows_of(registry, pieces, 1) == rows);
    return 0;
}
