// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "event/framer.h"
#include "parse/parser.h"
#include "parse/row_dump.h"

namespace vedette::parse {
namespace {

namespace fs = std::filesystem;

struct Seen {
    std::string raw, fields;
    std::uint16_t flags = 0;
};

class EvtxTest : public ::testing::Test {
  protected:
    EvtxTest() { register_all(registry_); }

    /// The rows of a file, cut and decoded by `format`.
    std::vector<Seen> rows_of(std::string_view bytes, const std::string& format) {
        const Format* const found = registry_.find(format);
        const auto framer = event::make_framer(found->declaration.framing);
        event::FieldDictionary fields;
        Parser parser(registry_, fields);
        event::Batch batch(fields);
        std::vector<Seen> rows;
        const auto full = [&](event::Batch& done) {
            for (std::uint32_t row = 0; row < done.row_count(); ++row) {
                const std::string dump = dump_row(done, row);
                const std::size_t begin = dump.find(",\"fields\":");
                rows.push_back({std::string(done.rows()[row].raw),
                                begin == std::string::npos ? "" : dump.substr(begin),
                                done.rows()[row].flags});
            }
        };
        event::Chunk chunk;
        const auto hand_on = [&] {
            if (chunk.record_count() == 0) return;
            chunk.envelope.format = format;
            parser.parse(std::make_shared<const event::Chunk>(std::exchange(chunk, {})), 1, batch,
                         event::kBatchRowsMax, full);
        };
        while (!bytes.empty()) {
            bytes.remove_prefix(framer->feed(bytes, chunk));
            if (!bytes.empty()) hand_on();
        }
        while (!framer->finish(chunk)) hand_on();
        hand_on();
        parser.finish(batch);
        full(batch);
        return rows;
    }

    /// The raw text of each decoded row must decode to the row's fields, as event XML and as a
    /// record of history. Gives the number of decoded rows.
    std::size_t check_raw_texts(std::string_view bytes, const std::string& name) {
        std::size_t count = 0;
        for (const Seen& row : rows_of(bytes, "evtx")) {
            if ((row.flags & event::kRowNotDecoded) != 0) continue;
            ++count;
            const auto again = rows_of(row.raw, "event_xml");
            EXPECT_EQ(again.size(), 1u) << name;
            if (again.size() == 1) {
                EXPECT_EQ(again[0].fields, row.fields) << name << row.raw;
            }
        }
        return count;
    }

    static std::string read_case(const std::string& name) {
        std::ifstream in(fs::path(VEDETTE_SOURCE_DIR) / "src/parse/evtx" / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    Registry registry_;
};

TEST_F(EvtxTest, the_raw_xml_of_a_row_decodes_to_the_same_fields) {
    EXPECT_EQ(check_raw_texts(read_case("basic.in.log"), "basic"), 4u);
}

TEST_F(EvtxTest, files_are_recognised_by_header_by_first_chunk_or_as_bare_chunks) {
    const std::string file = read_case("basic.in.log");
    const auto declarations = registry_.declarations();
    const auto name_of = [&](std::string_view head) {
        const auto* const found = event::recognise_by_head(declarations, head);
        return found == nullptr ? "" : found->name;
    };
    EXPECT_EQ(name_of(file), "evtx");
    EXPECT_EQ(name_of(file.substr(4'096)), "evtx");
    EXPECT_EQ(name_of(std::string(4'096, 'x') + file.substr(4'096)), "evtx");
    EXPECT_EQ(name_of("\xEF\xBB\xBF<?xml version='1.0'?>\n<Events>"), "event_xml");
    EXPECT_EQ(name_of("<html>"), "");
}

TEST_F(EvtxTest, damage_costs_the_damaged_records_alone) {
    std::string file = read_case("basic.in.log");
    const auto whole = rows_of(file, "evtx");
    ASSERT_EQ(whole.size(), 4u);
    for (std::size_t at = 4'096 + 512; at < file.size(); at += 7) {
        std::string damaged = file;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x5A);
        const auto rows = rows_of(damaged, "evtx");
        EXPECT_GE(rows.size(), 4u) << at;  // nothing vanishes: damage is a row too
        EXPECT_LE(rows.size(), 5u) << at;
    }
    for (std::size_t size = 0; size < file.size(); size += 13) {
        rows_of(std::string_view(file).substr(0, size), "evtx");
    }
}

TEST_F(EvtxTest, a_wrong_checksum_of_the_records_is_told_in_every_row) {
    std::string file = read_case("basic.in.log");
    const std::size_t at = file.find(std::string("a\0l\0i\0c\0e", 9));
    ASSERT_NE(at, std::string::npos);
    file[at] = 'A';
    const auto rows = rows_of(file, "evtx");
    ASSERT_EQ(rows.size(), 4u);
    for (const Seen& row : rows) {
        EXPECT_NE(row.fields.find("\"evtx.checksum\":\"wrong\""), std::string::npos);
    }
}

TEST_F(EvtxTest, a_bomb_costs_bounded_text_and_is_one_row) {
    const auto rows = rows_of(read_case("evtx.seeds/bomb"), "evtx");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_NE(rows[0].flags & event::kRowNotDecoded, 0);
    EXPECT_NE(rows[0].fields.find("it becomes too long"), std::string::npos) << rows[0].fields;
}

TEST_F(EvtxTest, a_template_that_is_its_own_body_or_claims_gigabytes_is_damage) {
    for (const char* seed : {"template_in_itself", "template_of_4_gigabytes"}) {
        const auto rows = rows_of(read_case(std::string("evtx.seeds/") + seed), "evtx");
        ASSERT_EQ(rows.size(), 2u) << seed;
        EXPECT_NE(rows[0].flags & event::kRowNotDecoded, 0) << seed << rows[0].fields;
    }
}

}  // namespace
}  // namespace vedette::parse
