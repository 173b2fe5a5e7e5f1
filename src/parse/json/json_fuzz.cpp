// SPDX-License-Identifier: Apache-2.0
// Records cut at line ends through the quick decoder and the plain one: any difference stops.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "parse/json/plain_decoder.h"
#include "parse/parser.h"
#include "parse/row_dump.h"

namespace {

using namespace vedette;

std::vector<std::string> rows_of(const parse::Registry& registry,
                                 const std::shared_ptr<const event::Chunk>& chunk,
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
    parser.parse(chunk, 0, batch, rows_max, dump);
    parser.finish(batch);
    dump(batch);
    return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const parse::Registry quick = parse::json::quick_registry();
    static const parse::Registry plain = parse::json::plain_registry();
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.source = "fuzz";
    chunk->envelope.format = "json";
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        chunk->add_record(text.substr(at, end - at));
        at = end + 1;
    }
    const auto expected = rows_of(plain, chunk, event::kBatchRowsMax);
    VD_CHECK(rows_of(quick, chunk, event::kBatchRowsMax) == expected);
    VD_CHECK(rows_of(quick, chunk, 1) == expected);
    return 0;
}
