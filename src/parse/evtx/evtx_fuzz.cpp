// SPDX-License-Identifier: Apache-2.0
// One chunk of an event log, whatever its bytes: rows must not depend on the cut of batches.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "parse/parser.h"
#include "parse/row_dump.h"

namespace vedette::parse {
void register_evtx(Registry& registry);
}  // namespace vedette::parse

namespace {

using namespace vedette;

std::vector<std::string> rows_of(const parse::Registry& registry, std::string_view record,
                                 std::size_t rows_max) {
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.source = "fuzz";
    chunk->envelope.format = "evtx";
    chunk->add_record(record);
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
        parse::register_evtx(out);
        return out;
    }();
    constexpr std::size_t kChunkBytes = 65'536;
    const std::string_view record(reinterpret_cast<const char*>(data), std::min(size, kChunkBytes));
    VD_CHECK(rows_of(registry, record, 1) == rows_of(registry, record, event::kBatchRowsMax));
    return 0;
}
