// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "parse/parser.h"

namespace vedette::parse {
namespace {

std::string format_of(const std::vector<std::string_view>& records) {
    Registry registry;
    register_all(registry);
    return event::recognise(registry.declarations(), records).name;
}

TEST(MetricTable, is_told_from_other_tables_by_header_and_content) {
    EXPECT_EQ(format_of({"timestamp,value", "2015-09-01 11:25:00,58", "2015-09-01 11:30:00,63.5"}),
              "metric_table");
    EXPECT_EQ(format_of({"ts;load;free", "1441106700;0.5;", "1441106760;;12"}), "metric_table");
    // A word, a port, times that stand still, times that are none.
    EXPECT_EQ(format_of({"time,load,who,state", "2015-09-01 11:25:00,58,bob,1",
                         "2015-09-01 11:30:00,63,al,2"}),
              "csv");
    EXPECT_EQ(
        format_of({"ts,src_port,bytes,packets", "1441106700,22,100,2", "1441106760,22,300,4"}),
        "csv");
    EXPECT_EQ(format_of({"time,a,b,c", "1441106700,1,2,3", "1441106700,1,2,3"}), "csv");
    EXPECT_EQ(format_of({"Time,V1,V2,V3", "23,1.1,2,3", "24,1,2,3"}), "csv");
}

TEST(MetricTable, names_a_series_by_file_and_column) {
    Registry registry;
    register_all(registry);
    event::FieldDictionary fields;
    Parser parser(registry, fields);
    event::Batch batch(fields);
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.format = "metric_table";
    chunk->envelope.origin = "/data/plant.csv";
    chunk->envelope.context = "time,pressure,flow";
    chunk->add_record("2015-09-01 11:25:00,58,3");
    parser.parse(chunk, 0, batch, event::kBatchRowsMax, [](event::Batch&) { FAIL(); });
    parser.finish(batch);
    ASSERT_EQ(batch.row_count(), 2u);
    const event::Column* series = batch.column(*fields.find("metric.series"));
    ASSERT_NE(series, nullptr);
    EXPECT_EQ(batch.text(series->cells[0]), "/data/plant.csv: pressure");
    EXPECT_EQ(batch.text(series->cells[1]), "/data/plant.csv: flow");
    EXPECT_EQ(base::format_rfc3339(batch.rows()[1].time).substr(0, 19), "2015-09-01T11:25:00");
}

}  // namespace
}  // namespace vedette::parse
