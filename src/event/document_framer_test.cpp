// SPDX-License-Identifier: Apache-2.0
#include "event/document_framer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/batch.h"
#include "event/limits.h"
#include "tests/support/cut_in_pieces.h"

namespace vedette::event {
namespace {

using Records = std::vector<std::string>;

Records cut_documents(const std::string& bytes, std::size_t piece_bytes,
                      std::vector<std::uint16_t>* flags = nullptr) {
    Framing framing;
    framing.kind = Framing::Kind::documents;
    return tests::cut_in_pieces(framing, bytes, piece_bytes, flags);
}

void expect_at_all_cuts(const std::string& bytes, const Records& records) {
    for (const std::size_t piece_bytes : {1u, 2u, 3u, 7u, 1000u}) {
        EXPECT_EQ(cut_documents(bytes, piece_bytes), records)
            << bytes << "\nin pieces of " << piece_bytes;
    }
}

const std::string kOne = "{\n \"a\": \"}\\\"]\",\n \"b\": [1, {\"c\": []}]\n}";

TEST(DocumentFramer, gives_out_each_value_whatever_lines_it_has) {
    expect_at_all_cuts("\xEF\xBB\xBF" + kOne + "\n" + kOne + kOne + "\n",
                       Records{kOne, kOne, kOne});
    expect_at_all_cuts("[1,\n2]\n", Records{"[1,\n2]"});
}

TEST(DocumentFramer, gives_out_the_elements_of_an_outermost_list) {
    expect_at_all_cuts("[\n" + kOne + ",\n" + kOne + "\n]\n", Records{kOne, kOne});
    expect_at_all_cuts("[{}, 12, \"a,]\", null,[ ]]{}",
                       Records{"{}", "12", "\"a,]\"", "null", "[ ]", "{}"});
    const std::string export_begin = "{\n \"Records\" : [ ";
    expect_at_all_cuts(export_begin + kOne + "," + kOne + "]}" + kOne, Records{kOne, kOne, kOne});
    expect_at_all_cuts(
        export_begin + "{}], \"Next\": \"to}[ken\", \"n\": 1, \"o\": {\"p\": [2]}}\n" + kOne,
        Records{"{}", kOne});
}

TEST(DocumentFramer, a_list_that_is_a_field_stays_in_its_object) {
    for (const std::string text :
         {R"({"tags": [{"a": 1}], "b": 2})", R"({"Records": ["a"], "b": 2})", R"({"Records": 5})",
          R"({"a": 1, "Records": [{}]})"}) {
        expect_at_all_cuts(text, Records{text});
    }
}

TEST(DocumentFramer, text_that_is_no_json_is_kept_line_by_line) {
    expect_at_all_cuts("lost\n" + kOne + "\n] more\n", Records{"lost", kOne, "] more"});
    expect_at_all_cuts("[{} lost, {}]", Records{"{}", "lost", "{}"});
    expect_at_all_cuts("{\"a\": [1,", Records{"{\"a\": [1,"});
    expect_at_all_cuts("[{\"a\": \"\\", Records{"{\"a\": \"\\"});
}

TEST(DocumentFramer, a_longer_value_becomes_parts_that_say_so) {
    std::vector<std::uint16_t> flags;
    const std::string big = "{\"a\":\"" + std::string(kRecordBytesMax - 7, '"' - 1) + "\\\"" +
                            std::string(2 * kRecordBytesMax, ']') + "\"}";
    const Records records = cut_documents("[" + big + ",{}]", 60'000, &flags);
    ASSERT_EQ(records.size(), 5u);
    EXPECT_EQ(records[0] + records[1] + records[2] + records[3], big);
    EXPECT_EQ(records[4], "{}");
    EXPECT_EQ(flags, (std::vector<std::uint16_t>{kRowPartOfLonger, kRowPartOfLonger,
                                                 kRowPartOfLonger, kRowPartOfLonger, 0}));
}

TEST(DocumentFramer, more_elements_than_a_chunk_holds_lose_nothing) {
    std::string bytes = "[{}";
    for (std::size_t i = 0; i < kChunkRecordsMax + 2; ++i) bytes += ",\n{}";
    EXPECT_EQ(cut_documents(bytes + "]", bytes.size()).size(), kChunkRecordsMax + 3);
    EXPECT_EQ(cut_documents(bytes + "]", 17).size(), kChunkRecordsMax + 3);
}

TEST(DocumentFramer, goes_on_within_a_list_where_it_stood) {
    Framing framing;
    framing.kind = Framing::Kind::documents;
    const auto before = make_framer(framing);
    Chunk chunk;
    before->feed("{\"value\": [{\"n\":1},{\"n\"", chunk);
    ASSERT_EQ(chunk.record_count(), 1u);
    const auto after = make_framer(framing, before->state());
    Chunk rest;
    after->feed(",{\"n\":2}],\"x\":[3]}{\"n\":4}", rest);
    ASSERT_EQ(rest.record_count(), 2u);
    EXPECT_EQ(rest.record(0), "{\"n\":2}");
    EXPECT_EQ(rest.record(1), "{\"n\":4}");
}

TEST(DocumentFramer, pieces_do_not_matter) {
    rc::check([](const std::vector<std::uint8_t>& choice) {
        const std::string parts[] = {"{",        "}",  "[", "]", "\"", "\\",
                                     ",",        "\n", " ", "a", ":",  "{\"Records\":[{",
                                     "{\"n\":1}"};
        std::string bytes;
        for (const std::uint8_t byte : choice) bytes += parts[byte % std::size(parts)];
        const std::size_t piece_bytes = *rc::gen::inRange<std::size_t>(1, 20);
        RC_ASSERT(cut_documents(bytes, piece_bytes) == cut_documents(bytes, bytes.size() + 1));
    });
}

TEST(DocumentFramer, is_asked_for_by_json_that_goes_over_lines) {
    for (const std::string text : {"{\n \"a\": 1\n}", "[\n {\"a\": 1}\n]", "{\"a\":\n1}",
                                   "[{\"a\":1},", "\xEF\xBB\xBF {\n\"a\":1}", "{\"Records\":[{"}) {
        EXPECT_GT(recognise_documents(text), 0) << text;
    }
    for (const std::string text :
         {"{\"a\":1}\n{\"a\":2}\n", "[1,2]\n", "[Mon Jan 1] text\n", "{a}\n",
          "[{\"a\":1}]\n[{\"a\":2}]\n", "", "{", "[section]\nkey=1\n", "{\"a\":\"no end\n"}) {
        EXPECT_EQ(recognise_documents(text), 0) << text;
    }
}

}  // namespace
}  // namespace vedette::event
