// SPDX-License-Identifier: Apache-2.0
// Every registered format: the first byte picks it, the rest are its records, cut at line ends.
// Rows must not depend on the cut of batches, and every record gives at least one.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "parse/parser.h"
#include "parse/row_dump.h"

namespace {

using namespace vedette;

parse::Registry all_formats() {
    parse::Registry registry;
    parse::register_all(registry);
    return registry;
}

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
    static const parse::Registry registry = all_formats();
    if (size == 0) return 0;
    const parse::Format& format = registry.formats()[data[0] % registry.formats().size()];
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.source = "fuzz";
    chunk->envelope.format = format.declaration.name;
    std::vector<std::string_view> records;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        chunk->add_record(text.substr(at, end - at));
        records.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    if (format.declaration.recognise) format.declaration.recognise(records);
    const auto rows = rows_of(registry, chunk, event::kBatchRowsMax);
    VD_CHECK(rows.size() >= chunk->record_count());
    VD_CHECK(rows_of(registry, chunk, 1) == rows);
    return 0;
}
