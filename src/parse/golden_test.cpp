// SPDX-License-Identifier: Apache-2.0
// Every format folder's pairs `x.in.log` and `x.out.jsonl`: what goes in, what rows come out. An
// optional `x.context` is what the framer would have put into the envelope, an optional `x.clock`
// what the operator says of the source's clock; header lines of formats that have some are taken
// out as the framer does it. Run with VEDETTE_UPDATE_GOLDENS=1 to write
// the outputs anew, then read the difference.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/check.h"
#include "event/framer.h"
#include "parse/parser.h"
#include "parse/row_dump.h"

namespace vedette::parse {
namespace {

namespace fs = std::filesystem;

std::string read_whole(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// What a case's records are, and the chunks a source would make of them.
struct Input {
    std::vector<std::string> records;
    std::vector<std::shared_ptr<event::Chunk>> chunks;

    void add(std::string_view record, const std::string& context, const event::Envelope& envelope) {
        if (chunks.empty() || chunks.back()->envelope.context != context) {
            chunks.push_back(std::make_shared<event::Chunk>());
            chunks.back()->envelope = envelope;
            chunks.back()->envelope.context = context;
            chunks.back()->envelope.first_line = records.size();
        }
        chunks.back()->add_record(record);
        records.emplace_back(record);
    }
};

Input input_of(const fs::path& path, const Format& format) {
    event::Envelope envelope;
    envelope.source = "golden";
    envelope.origin = path.filename().string();
    envelope.format = format.declaration.name;
    envelope.format_version = format.declaration.version;
    envelope.arrival = *base::parse_rfc3339("2026-01-02T03:04:05Z");
    event::HeaderContext header;
    fs::path context = path;
    context.replace_extension().replace_extension(".context");
    if (fs::exists(context)) header.text = read_whole(context);
    envelope.clock = read_whole(context.replace_extension(".clock"));
    const std::string bytes = read_whole(path);
    const event::Framing& framing = format.declaration.framing;
    Input input;
    std::string group;  // lines of one record as far as they came
    if (framing.kind == event::Framing::Kind::whole) {
        input.add(bytes, header.text, envelope);
        return input;
    }
    if (framing.kind != event::Framing::Kind::lines) {
        event::Chunk cut;
        const auto framer = event::make_framer(framing);
        EXPECT_EQ(framer->feed(bytes, cut), bytes.size()) << "a case is smaller than a chunk";
        EXPECT_TRUE(framer->finish(cut));
        for (std::size_t i = 0; i < cut.record_count(); ++i) {
            input.add(cut.record(i), header.text, envelope);
        }
        return input;
    }
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
        const bool has_return = end > at && bytes[end - 1] == '\r';
        const auto line = std::string_view(bytes).substr(at, end - at - (has_return ? 1 : 0));
        at = end + 1;
        if (header.wants(framing, line)) {
            header.take(framing, line);
            continue;
        }
        header.is_open = false;
        if (!framing.continues) {
            input.add(line, header.text, envelope);
        } else if (!group.empty() && framing.continues(group, line)) {
            group.append("\n").append(line);
        } else {
            if (!group.empty()) input.add(group, header.text, envelope);
            group.assign(line);
        }
    }
    if (!group.empty()) input.add(group, header.text, envelope);
    return input;
}

std::string decoded(const Registry& registry, const Input& input, std::size_t rows_max) {
    event::FieldDictionary fields;
    Parser parser(registry, fields);
    event::Batch batch(fields);
    std::string out;
    const auto dump = [&](event::Batch& full) {
        full.verify();
        for (std::uint32_t row = 0; row < full.row_count(); ++row) {
            out += dump_row(full, row, input.records[full.rows()[row].line]) + "\n";
        }
    };
    std::uint64_t offset = 0;
    for (const auto& chunk : input.chunks) parser.parse(chunk, offset++, batch, rows_max, dump);
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
        const Input input = input_of(entry.path(), *format);
        const std::string rows = decoded(registry, input, event::kBatchRowsMax);
        EXPECT_EQ(decoded(registry, input, 1), rows) << "rows depend on the cut";
        EXPECT_EQ(decoded(registry, input, 7), rows) << "rows depend on the cut";
        fs::path expected = entry.path();
        expected.replace_extension().replace_extension(".out.jsonl");
        if (is_update) std::ofstream(expected, std::ios::binary) << rows;
        EXPECT_EQ(rows, read_whole(expected));
    }
    EXPECT_GT(count, 0u);
}

}  // namespace
}  // namespace vedette::parse
