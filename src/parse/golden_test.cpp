// SPDX-License-Identifier: Apache-2.0
// Every format folder's pairs `x.in.log` and `x.out.jsonl`: what goes in, what rows come out. An
// optional `x.context` is what the framer would have put into the envelope. Run with
// VEDETTE_UPDATE_GOLDENS=1 to write the outputs anew, then read the difference.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/check.h"
#include "parse/parser.h"
#include "parse/row_dump.h"

namespace vedette::parse {
namespace {

namespace fs = std::filesystem;

std::string read_whole(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::shared_ptr<event::Chunk> chunk_of(const fs::path& path, const Format& format) {
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.source = "golden";
    chunk->envelope.origin = path.filename().string();
    chunk->envelope.format = format.declaration.name;
    chunk->envelope.format_version = format.declaration.version;
    chunk->envelope.arrival = *base::parse_rfc3339("2026-01-02T03:04:05Z");
    fs::path context = path;
    context.replace_extension().replace_extension(".context");
    if (fs::exists(context)) chunk->envelope.context = read_whole(context);
    const std::string bytes = read_whole(path);
    if (format.declaration.framing.kind == event::Framing::Kind::whole) {
        chunk->add_record(bytes);
        return chunk;
    }
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
        const bool has_return = end > at && bytes[end - 1] == '\r';
        chunk->add_record(std::string_view(bytes).substr(at, end - at - (has_return ? 1 : 0)));
        at = end + 1;
    }
    return chunk;
}

std::string decoded(const Registry& registry, const std::shared_ptr<event::Chunk>& chunk,
                    std::size_t rows_max) {
    event::FieldDictionary fields;
    Parser parser(registry, fields);
    event::Batch batch(fields);
    std::string out;
    const auto dump = [&](event::Batch& full) {
        full.verify();
        for (std::uint32_t row = 0; row < full.row_count(); ++row) {
            const event::Row& head = full.rows()[row];
            const std::size_t record = head.line - chunk->envelope.first_line;
            out += dump_row(full, row, chunk->record(record)) + "\n";
        }
    };
    parser.parse(chunk, 0, batch, rows_max, dump);
    parser.finish(batch);
    dump(batch);
    return out;
}

/// The folder's format; a folder may bring several, then the file name begins with the format's.
const Format* format_of(const Registry& registry, const fs::path& path) {
    const std::string file = path.filename().string();
    if (const Format* named = registry.find(file.substr(0, file.find('.')))) return named;
    return registry.find(path.parent_path().filename().string());
}

TEST(Golden, every_format_gives_the_rows_that_its_folder_shows) {
    Registry registry;
    register_all(registry);
    const bool is_update = std::getenv("VEDETTE_UPDATE_GOLDENS") != nullptr;
    std::size_t count = 0;
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(VEDETTE_SOURCE_DIR) / "src/parse")) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".in.log")) continue;
        ++count;
        SCOPED_TRACE(entry.path().string());
        const Format* const format = format_of(registry, entry.path());
        ASSERT_NE(format, nullptr) << "no format is named like the folder or the file";
        const auto chunk = chunk_of(entry.path(), *format);
        const std::string rows = decoded(registry, chunk, event::kBatchRowsMax);
        EXPECT_EQ(decoded(registry, chunk, 1), rows) << "rows depend on the cut";
        EXPECT_EQ(decoded(registry, chunk, 7), rows) << "rows depend on the cut";
        fs::path expected = entry.path();
        expected.replace_extension().replace_extension(".out.jsonl");
        if (is_update) std::ofstream(expected, std::ios::binary) << rows;
        EXPECT_EQ(rows, read_whole(expected));
    }
    EXPECT_GT(count, 0u);
}

}  // namespace
}  // namespace vedette::parse
