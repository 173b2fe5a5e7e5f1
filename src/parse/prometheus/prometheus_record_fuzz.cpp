// SPDX-License-Identifier: Apache-2.0
// One record, on the wire or a line of text. Rows do not depend on the cut of batches, and the raw
// text of a row that decoded decodes to that row again.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "parse/parser.h"
#include "parse/row_dump.h"

namespace {

using namespace vedette;

struct Seen {
    std::vector<std::string> rows, raws;
    std::vector<std::uint16_t> flags;
};

Seen rows_of(const parse::Registry& registry, std::string_view record, std::size_t rows_max) {
    event::FieldDictionary fields;
    parse::Parser parser(registry, fields);
    event::Batch batch(fields);
    Seen seen;
    const auto look = [&](event::Batch& full) {
        full.verify();
        for (std::uint32_t row = 0; row < full.row_count(); ++row) {
            const event::Row& head = full.rows()[row];
            std::string dumped = parse::dump_row(full, row, head.raw);
            seen.rows.push_back(dumped.erase(0, dumped.find(",\"line\"")));
            seen.raws.emplace_back(head.raw);
            seen.flags.push_back(head.flags);
        }
    };
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.format = "prometheus";
    chunk->add_record(record);
    parser.parse(chunk, 0, batch, rows_max, look);
    parser.finish(batch);
    look(batch);
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const parse::Registry registry = [] {
        parse::Registry all;
        parse::register_all(all);
        return all;
    }();
    const std::string_view record(reinterpret_cast<const char*>(data), size);
    const Seen all = rows_of(registry, record, event::kBatchRowsMax);
    VD_CHECK(rows_of(registry, record, 3).rows == all.rows);
    constexpr int kLossy = event::kRowNotDecoded | event::kRowInvalidUtf8 | event::kRowTruncated;
    for (std::size_t i = 0; i < all.rows.size() && i < 8; ++i) {
        if ((all.flags[i] & kLossy) != 0 || all.raws[i] == record) continue;
        const Seen alone = rows_of(registry, all.raws[i], event::kBatchRowsMax);
        VD_CHECK(alone.rows.size() == 1 && alone.rows[0] == all.rows[i]);
    }
    return 0;
}
