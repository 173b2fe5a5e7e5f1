// SPDX-License-Identifier: Apache-2.0
#include "parse/parser.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/check.h"
#include "event/schema.h"
#include "event/told.h"
#include "parse/row_dump.h"

namespace vedette::parse {
namespace {

/// A made-up format: "a|b" is two rows; ">x" hands x to itself as inner bytes; "!" makes a row and
/// takes it back first; finishing adds the number of bytes of the row's first value.
class BarDecoder final : public Decoder {
  public:
    explicit BarDecoder(event::FieldDictionary& fields)
        : part_(*fields.intern("part")), size_(*fields.intern("size")) {}

    void decode(std::string_view record, const event::Envelope&, RowSink& sink) override {
        for (std::size_t at = 0; at <= record.size();) {
            const std::size_t end = std::min(record.find('|', at), record.size());
            const std::string_view part = record.substr(at, end - at);
            if (part.starts_with('!')) {
                sink.row(part);
                sink.batch().add(part_, "taken back");
                sink.drop_row();
            }
            sink.row(part);
            sink.batch().add(part_, part);
            if (part.starts_with('>')) sink.inner("arrow", part.substr(1));
            at = end + 1;
        }
    }

    bool decode_inner(std::string_view bytes, const event::Envelope&, RowSink& sink) override {
        sink.batch().add(part_, bytes);
        if (bytes.starts_with('>')) sink.inner("arrow", bytes.substr(1));
        return true;
    }

    void finish(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        // From the last row to the first: the room has to put that in order.
        for (std::size_t i = rows.size(); i-- > 0;) {
            const std::size_t bytes = batch.first(part_, rows[i])->size();
            batch.add_at(size_, rows[i], std::to_string(bytes), event::ValueKind::integer);
        }
    }

  private:
    event::FieldId part_, size_;
};

Registry bar_registry() {
    Registry registry;
    Format format;
    format.declaration.name = "bar";
    format.inner_hints = {"arrow"};
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<BarDecoder>(fields);
    };
    registry.add(format);
    return registry;
}

std::shared_ptr<event::Chunk> chunk_of(const std::vector<std::string>& records,
                                       std::string format) {
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.source = "test";
    chunk->envelope.origin = "/var/log/test.log";
    chunk->envelope.format = std::move(format);
    chunk->envelope.arrival = base::Timestamp{1'000'000'000};
    chunk->envelope.first_line = 10;
    for (const std::string& record : records) chunk->add_record(record);
    return chunk;
}

/// All rows of the chunks as text, when batches are cut at `rows_max`.
std::vector<std::string> rows_of(const std::vector<std::shared_ptr<event::Chunk>>& chunks,
                                 std::size_t rows_max) {
    const Registry registry = bar_registry();
    event::FieldDictionary fields;
    Parser parser(registry, fields);
    event::Batch batch(fields);
    std::vector<std::string> out;
    const auto dump = [&](event::Batch& full) {
        full.verify();
        EXPECT_LE(full.row_count(), rows_max);
        for (std::uint32_t row = 0; row < full.row_count(); ++row) {
            out.push_back(dump_row(full, row));
        }
        const event::Batch taken(std::move(full));
    };
    std::uint64_t offset = 100;
    for (const auto& chunk : chunks) parser.parse(chunk, offset++, batch, rows_max, dump);
    parser.finish(batch);
    dump(batch);
    return out;
}

TEST(Parser, numbers_the_rows_of_a_chunk_and_the_lines_of_its_origin) {
    const auto rows = rows_of({chunk_of({"a|bb", "!ccc"}, "bar"), chunk_of({"d"}, "bar")}, 100);
    ASSERT_EQ(rows.size(), 4u);
    const std::string rest =
        ",\"source\":\"test\",\"origin\":\"/var/log/test.log\","
        "\"time\":\"1970-01-01T00:00:01.000000000Z\",\"arrival\":\"1970-01-01T00:00:01.000Z\","
        "\"dataset\":\"bar\",\"flags\":[\"time_guessed\"],";
    EXPECT_EQ(rows[0], "{\"id\":\"100.0\",\"line\":10" + rest +
                           "\"raw\":\"a\",\"fields\":{\"part\":\"a\",\"size\":1}}");
    EXPECT_EQ(rows[1], "{\"id\":\"100.1\",\"line\":10" + rest +
                           "\"raw\":\"bb\",\"fields\":{\"part\":\"bb\",\"size\":2}}");
    EXPECT_EQ(rows[2], "{\"id\":\"100.2\",\"line\":11" + rest +
                           "\"raw\":\"!ccc\",\"fields\":{\"part\":\"!ccc\",\"size\":4}}");
    EXPECT_EQ(rows[3], "{\"id\":\"101.0\",\"line\":10" + rest +
                           "\"raw\":\"d\",\"fields\":{\"part\":\"d\",\"size\":1}}");
}

TEST(Parser, stops_handing_on_inner_bytes_at_the_depth_bound) {
    const auto rows = rows_of({chunk_of({">>>>>>x"}, "bar")}, 100);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_NE(rows[0].find("[\">>>>>>x\",\">>>>>x\",\">>>>x\",\">>>x\",\">>x\"]"),
              std::string::npos)
        << rows[0];
}

TEST(Parser, keeps_a_record_of_an_unknown_format_as_a_message) {
    auto chunk = chunk_of({"what\xFFis this"}, "never heard of");
    chunk->flags = {event::kRowPartOfLonger};
    const auto rows = rows_of({chunk}, 100);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_NE(rows[0].find("\"flags\":[\"time_guessed\",\"not_decoded\",\"invalid_utf8\","
                           "\"part_of_longer\"]"),
              std::string::npos)
        << rows[0];
    EXPECT_NE(rows[0].find("\"message\":\"what\xEF\xBF\xBDis this\""), std::string::npos)
        << rows[0];
}

TEST(Parser, gives_the_same_rows_however_the_batches_are_cut) {
    rc::check([] {
        const auto record =
            rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab|>!")));
        std::vector<std::shared_ptr<event::Chunk>> chunks;
        const int chunk_count = *rc::gen::inRange(1, 5);
        for (int i = 0; i < chunk_count; ++i) {
            const auto format = *rc::gen::element<std::string>("bar", "unknown");
            chunks.push_back(
                chunk_of(*rc::gen::container<std::vector<std::string>>(record), format));
        }
        const auto rows = rows_of(chunks, event::kBatchRowsMax);
        for (const std::size_t rows_max : {1, 2, 3, 7})
            RC_ASSERT(rows_of(chunks, rows_max) == rows);
    });
}

TEST(Parser, adds_what_the_transport_told_to_every_row_of_its_record) {
    event::FieldDictionary fields;
    const Registry registry = bar_registry();
    auto chunk = chunk_of({"a|b", "!c", "d"}, "bar");
    event::Told told;
    told.names = {"kafka.topic", "kafka.headers", "kafka.headers"};
    told.values = {"orders", "x: 1", "", "orders", "x: 2", "y: \xff", "", "", ""};
    told.times_ns = {1'000, 2'000, 0};
    chunk->envelope.context = event::with_told(told, "");
    for (const std::size_t rows_max : {1u, 7u}) {
        std::vector<std::string> seen;
        const auto look = [&](event::Batch& batch) {
            batch.verify();
            for (std::uint32_t i = 0; i < batch.row_count(); ++i) {
                const event::Row& row = batch.rows()[i];
                std::string text =
                    std::to_string(row.time.unix_ns) + " " + std::to_string(row.flags) + " " +
                    std::string(batch.first(*fields.find("kafka.topic"), i).value_or("-"));
                for (const event::Cell& cell : batch.cells(*fields.find("kafka.headers"), i)) {
                    text += " " + std::string(batch.text(cell));
                }
                seen.push_back(text);
            }
        };
        Parser parser(registry, fields);
        event::Batch batch(fields);
        parser.parse(chunk, 1, batch, rows_max, look);
        parser.finish(batch);
        look(batch);
        const std::string arrival = std::to_string(chunk->envelope.arrival.unix_ns);
        EXPECT_EQ(seen, (std::vector<std::string>{"1000 0 orders x: 1", "1000 0 orders x: 1",
                                                  "2000 4 orders x: 2 y: \xEF\xBF\xBD",
                                                  arrival + " 1 -"}));
    }
}

TEST(Parser, does_not_finish_rows_of_a_batch_that_was_thrown_away) {
    const Registry registry = bar_registry();
    event::FieldDictionary fields;
    Parser parser(registry, fields);
    event::Batch batch(fields);
    const auto never = [](event::Batch&) { FAIL(); };
    parser.parse(chunk_of({"a", "b", "c"}, "bar"), 1, batch, 100, never);
    batch.clear();
    parser.parse(chunk_of({"d", "e"}, "bar"), 2, batch, 100, never);
    parser.finish(batch);
    batch.verify();
    EXPECT_EQ(batch.cells(*fields.find("size"), 0).size(), 1u);
    EXPECT_EQ(batch.cells(*fields.find("size"), 1).size(), 1u);
}

}  // namespace
}  // namespace vedette::parse
