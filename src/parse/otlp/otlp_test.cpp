// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/protobuf_wire.h"
#include "event/schema.h"
#include "parse/otlp/protobuf_json.h"
#include "parse/parser.h"
#include "parse/row_dump.h"

namespace vedette::parse {
namespace {

namespace fs = std::filesystem;
using base::append_protobuf_bytes;

std::string read_whole(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    return {std::istreambuf_iterator<char>(in), {}};
}

const Registry& registry() {
    static const Registry all = [] {
        Registry made;
        register_all(made);
        return made;
    }();
    return all;
}

struct Decoded {
    std::vector<std::string> rows;  ///< dumped without raw
    std::vector<std::string> raws;
    std::vector<std::uint16_t> flags;
};

Decoded decoded(std::string_view record) {
    event::FieldDictionary fields;
    Parser parser(registry(), fields);
    event::Batch batch(fields);
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.format = "otlp";
    chunk->envelope.arrival = {1'700'000'000 * base::kNsPerSecond};
    chunk->add_record(record);
    parser.parse(chunk, 0, batch, event::kBatchRowsMax, [](event::Batch&) { FAIL(); });
    parser.finish(batch);
    batch.verify();
    Decoded out;
    for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
        const event::Row& head = batch.rows()[row];
        std::string dumped = dump_row(batch, row, head.raw);
        // The id is another one where a row is decoded alone.
        dumped.erase(0, dumped.find(",\"line\""));
        out.rows.push_back(std::move(dumped));
        out.raws.emplace_back(head.raw);
        out.flags.push_back(head.flags);
    }
    return out;
}

class OtlpPairs : public ::testing::TestWithParam<const char*> {
  protected:
    static std::string file(const std::string& name) {
        return read_whole(fs::path(VEDETTE_SOURCE_DIR) / "src/parse/otlp/cases" / name);
    }
};

// Written by Google's library: tests/otlp/write_otlp.py.
TEST_P(OtlpPairs, give_the_same_rows_in_both_encodings) {
    const std::string name = GetParam();
    const Decoded binary = decoded(file(name + ".protobuf")), text = decoded(file(name + ".json"));
    ASSERT_GT(binary.rows.size(), 1u);
    EXPECT_EQ(binary.rows, text.rows);
}

TEST_P(OtlpPairs, give_rows_whose_raw_text_decodes_to_the_same_row) {
    const Decoded all = decoded(file(std::string(GetParam()) + ".protobuf"));
    for (std::size_t i = 0; i < all.rows.size(); ++i) {
        const Decoded alone = decoded(all.raws[i]);
        ASSERT_EQ(alone.rows.size(), 1u) << all.raws[i];
        EXPECT_EQ(alone.rows[0], all.rows[i]) << all.raws[i];
        EXPECT_EQ(alone.raws[0], all.raws[i]);
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, OtlpPairs, ::testing::Values("values", "crowd"));

std::string message(std::uint32_t field, std::string_view bytes) {
    std::string out;
    append_protobuf_bytes(out, field, bytes);
    return out;
}

std::string request_of(const std::vector<std::string>& log_records) {
    std::string scope_logs;
    for (const std::string& record : log_records) scope_logs += message(2, record);
    return message(1, message(2, scope_logs));
}

TEST(Otlp, keeps_a_damaged_log_record_among_sound_ones) {
    const std::string sound = message(5, message(1, "fine"));
    const Decoded all = decoded(request_of({sound, "\x2a\x7f", sound}));
    ASSERT_EQ(all.rows.size(), 3u);
    EXPECT_EQ(all.rows[0], all.rows[2]);
    EXPECT_NE(all.flags[1] & event::kRowNotDecoded, 0);
    EXPECT_EQ(all.raws[1], "\x2a\x7f") << "its bytes as they came";
}

TEST(Otlp, shows_what_is_no_request) {
    for (const std::string& record : std::vector<std::string>{
             "nonsense", "{\"resourceLogs\":7}", "{\"resourceLogs\":[{\"scopeLogs\":[{]}]}",
             "\xff\xfe", message(1, "\x0b"), message(1, message(2, "\x12\x7f")), ""}) {
        const Decoded all = decoded(record);
        ASSERT_EQ(all.rows.size(), 1u) << record;
        if (!record.empty()) {
            EXPECT_NE(all.flags[0] & event::kRowNotDecoded, 0) << record;
        }
        EXPECT_EQ(all.raws[0], record);
    }
}

TEST(Otlp, flags_texts_that_are_not_utf8) {
    const Decoded all = decoded(request_of({message(5, message(1, "a\xff")), ""}));
    EXPECT_NE(all.flags[0] & event::kRowInvalidUtf8, 0);
    EXPECT_EQ(all.flags[1] & event::kRowInvalidUtf8, 0) << "only where they are";
    EXPECT_NE(all.rows[0].find("a\uFFFD"), std::string::npos);
    const Decoded honest = decoded(request_of({message(5, message(1, "\uFFFD"))}));
    EXPECT_EQ(honest.flags[0] & event::kRowInvalidUtf8, 0);
}

TEST(Otlp, leaves_out_what_is_nested_too_deep) {
    std::string value = message(1, "deepest");
    for (int i = 0; i < 1'000; ++i) value = message(5, message(1, value));
    const Decoded list = decoded(request_of({message(5, value)}));
    EXPECT_NE(list.flags[0] & event::kRowTruncated, 0);
    value = message(1, "deepest");
    for (int i = 0; i < 1'000; ++i)
        value = message(6, message(1, message(1, "k") + message(2, value)));
    const Decoded map = decoded(request_of({message(6, message(1, "a") + message(2, value))}));
    EXPECT_NE(map.flags[0] & event::kRowTruncated, 0);
    EXPECT_LT(map.rows[0].size(), 10'000u);
}

TEST(Otlp, makes_no_flood_of_names_from_nested_ones) {
    std::string leaves;
    for (int i = 0; i < 20'000; ++i) {
        leaves += message(1, message(1, "l" + std::to_string(i)) + message(2, message(1, "v")));
    }
    const std::string long_name(500, 'n');
    const std::string value = message(6, leaves);
    const Decoded all =
        decoded(request_of({message(6, message(1, long_name) + message(2, value))}));
    EXPECT_NE(all.flags[0] & event::kRowTruncated, 0);
    EXPECT_LT(all.rows[0].size(), 12u << 20);
}

}  // namespace
}  // namespace vedette::parse
