// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <bit>

#include "base/protobuf_wire.h"
#include "parse/parser.h"
#include "parse/row_dump.h"

namespace vedette::parse {
namespace {

using base::append_protobuf_bytes;

void append_double(std::string& out, std::uint32_t field, std::uint64_t bits) {
    base::append_protobuf_varint(out, field << 3 | 1);
    for (int i = 0; i < 8; ++i) out += static_cast<char>(bits >> (8 * i) & 0xFF);
}
void append_double(std::string& out, std::uint32_t field, double value) {
    append_double(out, field, std::bit_cast<std::uint64_t>(value));
}

using Labels = std::vector<std::pair<std::string, std::string>>;

std::string labels_of(const Labels& labels) {
    std::string out;
    for (const auto& [name, value] : labels) {
        std::string label;
        append_protobuf_bytes(label, 1, name);
        append_protobuf_bytes(label, 2, value);
        append_protobuf_bytes(out, 1, label);
    }
    return out;
}

std::string sample_of(double value, std::uint64_t time_ms) {
    std::string out, field;
    append_double(out, 1, value);
    base::append_protobuf_number(out, 2, time_ms);
    append_protobuf_bytes(field, 2, out);
    return field;
}

std::string request_of(const std::vector<std::string>& series) {
    std::string out;
    for (const std::string& one : series) append_protobuf_bytes(out, 1, one);
    return out;
}

struct Decoded {
    std::vector<std::string> rows;  ///< dumped without id and raw
    std::vector<std::string> raws;
    std::vector<std::uint16_t> flags;
};

Decoded decoded(std::string_view record) {
    Registry registry;
    register_all(registry);
    event::FieldDictionary fields;
    Parser parser(registry, fields);
    event::Batch batch(fields);
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.format = "prometheus";
    chunk->envelope.arrival = {1'700'000'000 * base::kNsPerSecond};
    chunk->add_record(record);
    parser.parse(chunk, 0, batch, event::kBatchRowsMax, [](event::Batch&) { FAIL(); });
    parser.finish(batch);
    batch.verify();
    Decoded out;
    for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
        const event::Row& head = batch.rows()[row];
        std::string dumped = dump_row(batch, row, head.raw);
        out.rows.push_back(dumped.erase(0, dumped.find(",\"line\"")));
        out.raws.emplace_back(head.raw);
        out.flags.push_back(head.flags);
    }
    return out;
}

const Labels kUp = {{"__name__", "up"}, {"instance", "web1.example:9100"}, {"job", "node"}};

TEST(Prometheus, gives_a_row_for_each_sample_with_a_raw_text_that_decodes_to_it) {
    const Decoded all = decoded(request_of(
        {labels_of(kUp) + sample_of(1, 1'395'066'363'000) + sample_of(0.25, 1'395'066'378'500),
         labels_of({{"__name__", "a \"quoted\" näme"}, {"with space", "x\ny\\"}, {"le", "0.1"}}) +
             sample_of(-1e300, 5'000)}));
    ASSERT_EQ(all.raws.size(), 3u);
    EXPECT_EQ(all.raws[0], R"(up{instance="web1.example:9100",job="node"} 1 1395066363000)");
    EXPECT_EQ(all.raws[1], R"(up{instance="web1.example:9100",job="node"} 0.25 1395066378500)");
    EXPECT_EQ(all.raws[2], R"({"a \"quoted\" näme","with space"="x\ny\\",le="0.1"} -1e+300 5.000)");
    EXPECT_NE(all.rows[0].find(R"("host.name":"web1.example")"), std::string::npos) << all.rows[0];
    for (std::size_t i = 0; i < all.raws.size(); ++i) {
        EXPECT_EQ(all.flags[i] & event::kRowNotDecoded, 0);
        const Decoded alone = decoded(all.raws[i]);
        ASSERT_EQ(alone.rows.size(), 1u);
        EXPECT_EQ(alone.rows[0], all.rows[i]);
    }
}

TEST(Prometheus, tells_a_stale_marker_from_another_nan) {
    std::string stale, plain, stale_field, plain_field;
    append_double(stale, 1, std::uint64_t{0x7ff0000000000002});
    append_double(plain, 1, std::uint64_t{0x7ff8000000000001});
    append_protobuf_bytes(stale_field, 2, stale);
    append_protobuf_bytes(plain_field, 2, plain);
    const Decoded all = decoded(request_of({labels_of(kUp) + stale_field + plain_field}));
    ASSERT_EQ(all.rows.size(), 2u);
    EXPECT_NE(all.rows[0].find(R"("metric.stale":true)"), std::string::npos) << all.rows[0];
    EXPECT_EQ(all.rows[0].find("metric.value"), std::string::npos);
    EXPECT_NE(all.rows[1].find(R"("metric.value":"NaN")"), std::string::npos) << all.rows[1];
}

TEST(Prometheus, makes_count_and_sum_of_a_native_histogram) {
    std::string histogram, field;
    base::append_protobuf_number(histogram, 1, 12);
    append_double(histogram, 3, 3.5);
    base::append_protobuf_number(histogram, 15, 1'395'066'363'000);
    append_protobuf_bytes(field, 4, histogram);
    const Decoded all = decoded(request_of({labels_of(kUp) + field}));
    ASSERT_EQ(all.raws.size(), 2u);
    EXPECT_EQ(all.raws[0], R"(up_count{instance="web1.example:9100",job="node"} 12 1395066363000)");
    EXPECT_EQ(all.raws[1], R"(up_sum{instance="web1.example:9100",job="node"} 3.5 1395066363000)");
}

TEST(Prometheus, keeps_a_damaged_series_beside_sound_ones) {
    const Decoded all =
        decoded(request_of({labels_of(kUp) + sample_of(1, 1'395'066'363'000), "\x0A\xFF",
                            labels_of(kUp) + sample_of(2, 1'395'066'363'000)}));
    ASSERT_EQ(all.rows.size(), 3u);
    EXPECT_EQ(all.flags[0] & event::kRowNotDecoded, 0);
    EXPECT_NE(all.flags[1] & event::kRowNotDecoded, 0);
    EXPECT_EQ(all.flags[2] & event::kRowNotDecoded, 0);
    EXPECT_EQ(decoded("\x0A\x7F").rows.size(), 1u) << "cut off: one row, flagged";
}

TEST(Prometheus, names_a_series_alike_whatever_the_order_of_its_labels) {
    const Decoded a = decoded(R"(up{job="node",instance="web1"} 1)");
    const Decoded b = decoded(R"(up{instance="web1",job="node"} 1)");
    const auto series = [](const std::string& row) {
        const std::size_t at = row.find("\"metric.series\"");
        return row.substr(at, row.find("}\"", at) - at);
    };
    EXPECT_EQ(series(a.rows[0]), series(b.rows[0]));
}

TEST(Prometheus, is_recognised_by_its_text) {
    Registry registry;
    register_all(registry);
    const auto format_of = [&](const std::vector<std::string_view>& records) {
        return event::recognise(registry.declarations(), records).name;
    };
    EXPECT_EQ(format_of({"# HELP up Whether it is up.", "# TYPE up gauge", "up 1"}), "prometheus");
    EXPECT_EQ(format_of({R"(up{instance="a"} 1)", R"(up{instance="b"} 0)"}), "prometheus");
    EXPECT_NE(format_of({"apples 12", "pears 3"}), "prometheus");
}

}  // namespace
}  // namespace vedette::parse
