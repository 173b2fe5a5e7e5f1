// SPDX-License-Identifier: Apache-2.0
// A definition up to a line of "---8<---", and records for it behind that. Whatever is taken as a
// definition must decode anything, whatever the cut, and be the same after it was kept.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "parse/parser.h"
#include "parse/row_dump.h"
#include "parse/user_made/format.h"

namespace {

using namespace vedette;

std::string rows_of(const parse::user_made::MadeFormat& made,
                    const std::shared_ptr<const event::Chunk>& chunk, std::size_t rows_max) {
    parse::Registry registry;
    registry.add(parse::user_made::format_of(made));
    event::FieldDictionary fields;
    parse::Parser parser(registry, fields);
    event::Batch batch(fields);
    std::string rows;
    const auto dump = [&](event::Batch& full) {
        full.verify();
        for (std::uint32_t row = 0; row < full.row_count(); ++row) {
            rows += parse::dump_row(full, row) + "\n";
        }
    };
    parser.parse(chunk, 0, batch, rows_max, dump);
    parser.finish(batch);
    dump(batch);
    return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    constexpr std::string_view kCut = "\n---8<---\n";
    const std::size_t cut = std::min(input.find(kCut), input.size());
    const auto made =
        parse::user_made::read_format_text(input.substr(0, cut), "fuzz.yml", "/nonexistent");
    if (!made) {
        VD_CHECK(!made.error().text.empty());
        return 0;
    }
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.source = "fuzz";
    chunk->envelope.format = made->name;
    std::vector<std::string_view> records;
    for (std::size_t at = std::min(cut + kCut.size(), input.size()); at < input.size();) {
        const std::size_t end = std::min(input.find('\n', at), input.size());
        records.push_back(input.substr(at, end - at));
        at = end + 1;
    }
    for (const std::string_view record : records) {
        if (chunk->envelope.context.empty()) chunk->envelope.context = record;
        chunk->add_record(record);
    }
    const std::string rows = rows_of(*made, chunk, event::kBatchRowsMax);
    VD_CHECK(rows_of(*made, chunk, 1) == rows);
    const auto bundle = parse::user_made::decode_bundle(encode(made->bundle));
    VD_CHECK(bundle.has_value());
    const auto again = parse::user_made::make_format(*bundle, "kept");
    VD_CHECK(again.has_value() && again->pinned_name() == made->pinned_name());
    VD_CHECK(rows_of(*again, chunk, event::kBatchRowsMax) == rows);
    const parse::Format format = parse::user_made::format_of(*made);
    if (format.declaration.recognise) {
        const int certainty = format.declaration.recognise(records);
        VD_CHECK(certainty >= 0 && certainty <= 100);
    }
    return 0;
}
