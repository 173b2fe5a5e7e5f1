// SPDX-License-Identifier: Apache-2.0
#include "source/otlp/request_cut.h"

#include <gtest/gtest.h>

#include "base/protobuf_wire.h"
#include "event/limits.h"
#include "source/limits.h"
#include "source/otlp/limits.h"

namespace vedette::source::otlp {
namespace {

using base::append_protobuf_bytes;

struct Cut {
    base::Result<CutCounts> counts;
    std::vector<std::string> records;
    std::vector<event::Chunk> chunks;
};

template <class Cutter>
Cut cut(Cutter&& cutter, std::string_view body) {
    RecordChunks gathered(event::Envelope{});
    Cut out{cutter(body, gathered), {}, {}};
    out.chunks = gathered.take();
    for (const event::Chunk& chunk : out.chunks) {
        for (std::size_t i = 0; i < chunk.record_count(); ++i) {
            out.records.emplace_back(chunk.record(i));
        }
    }
    return out;
}

std::string message(std::uint32_t field, std::string_view bytes) {
    std::string out;
    append_protobuf_bytes(out, field, bytes);
    return out;
}

/// A request in both encodings: resources with scopes with log records, all texts given.
struct Scope {
    std::string name;
    std::vector<std::string> logs;
};
struct Resource {
    std::string name;
    std::vector<Scope> scopes;
};
using Request = std::vector<Resource>;

std::string protobuf(const Request& request) {
    std::string out;
    for (const Resource& resource : request) {
        std::string resource_logs;
        for (const Scope& scope : resource.scopes) {
            std::string scope_logs;
            for (const std::string& log : scope.logs) scope_logs += message(2, message(3, log));
            // Behind its log records, and with a field that nobody knows.
            scope_logs += message(1, scope.name) + message(99, "new");
            resource_logs += message(2, scope_logs);
        }
        resource_logs += message(1, resource.name) + message(3, "schema");
        out += message(1, resource_logs);
    }
    return out;
}

std::string json(const Request& request) {
    std::string out = "{\"resourceLogs\":[";
    for (const Resource& resource : request) {
        if (out.back() != '[') out += ',';
        out += "{\"scopeLogs\":[";
        for (const Scope& scope : resource.scopes) {
            if (out.back() != '[') out += ',';
            out += "{\"logRecords\":[";
            for (const std::string& log : scope.logs) {
                if (out.back() != '[') out += ", ";
                out += "{\"severityText\":\"" + log + "\"}";
            }
            out += "],\"scope\":{\"name\":\"" + scope.name + "\"},\"new\":1}";
        }
        out += "],\"resource\":{\"r\":\"" + resource.name + "\"},\"schemaUrl\":\"schema\"}";
    }
    return out + "]}";
}

Scope many(std::string name, std::size_t count, std::size_t bytes) {
    Scope scope{std::move(name), {}};
    for (std::size_t i = 0; i < count; ++i) {
        scope.logs.push_back(std::to_string(i) + "-" + std::string(bytes, 'x'));
    }
    return scope;
}

/// All texts of all log records, in order, with those of scope and resource, read from parts.
std::vector<std::string> told(const std::vector<std::string>& records) {
    std::vector<std::string> out;
    using base::ProtobufField;
    using base::ProtobufReader;
    for (const std::string& record : records) {
        ProtobufReader request(record);
        ProtobufField resource_logs;
        while (request.next(resource_logs)) {
            std::string resource;
            std::vector<std::string> of_resource;
            ProtobufReader in(resource_logs.bytes);
            ProtobufField field;
            while (in.next(field)) {
                if (field.number == 1) resource = field.bytes;
                if (field.number != 2) continue;
                std::string scope;
                std::vector<std::string> logs;
                ProtobufReader in_scope(field.bytes);
                ProtobufField part;
                while (in_scope.next(part)) {
                    if (part.number == 1) scope = part.bytes;
                    ProtobufReader in_log(part.bytes);
                    ProtobufField text;
                    if (part.number == 2 && in_log.next(text)) logs.emplace_back(text.bytes);
                }
                for (const std::string& log : logs) of_resource.push_back(scope + "/" + log);
            }
            for (const std::string& log : of_resource) {
                const std::size_t shown = std::min(log.size(), log.find("-x"));
                out.push_back(resource + "/" + log.substr(0, shown));
            }
        }
    }
    return out;
}

TEST(OtlpCut, keeps_a_small_request_as_it_came) {
    const Request request{{"r", {{"s", {"a", "b"}}, {"t", {"c"}}}}, {"q", {{"u", {"d"}}}}};
    const Cut binary = cut(cut_protobuf, protobuf(request));
    ASSERT_TRUE(binary.counts);
    EXPECT_EQ(binary.counts->log_records, 4u);
    EXPECT_EQ(binary.records, std::vector<std::string>{protobuf(request)});
    const Cut text = cut(cut_json, json(request));
    ASSERT_TRUE(text.counts);
    EXPECT_EQ(text.counts->log_records, 4u);
    EXPECT_EQ(text.records, std::vector<std::string>{json(request)});
}

TEST(OtlpCut, takes_a_large_request_apart_and_repeats_resource_and_scope) {
    const Request request{{"r", {many("s", 900, 200), many("t", 900, 200)}},
                          {"q", {many("u", 2'000, 1)}}};
    const Cut binary = cut(cut_protobuf, protobuf(request));
    ASSERT_TRUE(binary.counts);
    EXPECT_EQ(binary.counts->log_records, 3'800u);
    EXPECT_EQ(binary.records.size(), 4u);
    const auto all = told(binary.records);
    ASSERT_EQ(all.size(), 3'800u);
    EXPECT_EQ(all[0], "r/s/0");
    EXPECT_EQ(all[899], "r/s/899");
    EXPECT_EQ(all[900], "r/t/0");
    EXPECT_EQ(all[3'799], "q/u/1999");
    const Cut text = cut(cut_json, json(request));
    ASSERT_TRUE(text.counts);
    EXPECT_EQ(text.counts->log_records, 3'800u);
    std::size_t seen = 0;
    for (const std::string& record : text.records) {
        EXPECT_TRUE(record.starts_with("{\"resourceLogs\":[{\"resource\":{\"r\":\""));
        EXPECT_NE(record.find("\"schemaUrl\":\"schema\""), std::string::npos);
        const Cut again = cut(cut_json, record);
        ASSERT_TRUE(again.counts) << "a part is a request by itself";
        seen += again.counts->log_records;
    }
    EXPECT_EQ(seen, 3'800u);
}

TEST(OtlpCut, gives_no_chunk_more_rows_than_it_may_have) {
    const Request request{{"r", {many("s", 20'000, 1)}}};
    for (const Cut& made : {cut(cut_protobuf, protobuf(request)), cut(cut_json, json(request))}) {
        ASSERT_TRUE(made.counts);
        EXPECT_EQ(made.records.size(), 20u);
        EXPECT_EQ(made.chunks.size(), 5u);
    }
}

TEST(OtlpCut, leaves_out_what_is_too_long_and_says_how_much) {
    Request request{{"r", {{"s", {"a", std::string(event::kRecordBytesMax, 'x'), "b"}}}}};
    for (const Cut& made : {cut(cut_protobuf, protobuf(request)), cut(cut_json, json(request))}) {
        ASSERT_TRUE(made.counts);
        EXPECT_EQ(made.counts->log_records, 2u);
        EXPECT_EQ(made.counts->too_long, 1u);
        for (const std::string& record : made.records) {
            EXPECT_LE(record.size(), event::kRecordBytesMax);
        }
    }
    request = {{std::string(event::kRecordBytesMax, 'r'), {{"s", {"a"}}}}};
    const Cut made = cut(cut_protobuf, protobuf(request));
    ASSERT_TRUE(made.counts);
    EXPECT_EQ(made.counts->too_long, 1u) << "the resource is kept with each";
}

TEST(OtlpCut, does_not_let_a_large_resource_fill_the_memory) {
    Request request{{std::string(event::kRecordBytesMax / 2, 'r'), {}}};
    for (int i = 0; i < 300; ++i) request[0].scopes.push_back({"s", {"a"}});
    for (const Cut& made : {cut(cut_protobuf, protobuf(request)), cut(cut_json, json(request))}) {
        ASSERT_FALSE(made.counts);
        EXPECT_EQ(made.counts.error().code, base::ErrorCode::limit);
    }
    const Request crowd{{"r", {many("s", kLogRecordsMax + 1, 0)}}};
    EXPECT_EQ(cut(cut_protobuf, protobuf(crowd)).counts.error().code, base::ErrorCode::limit);
    EXPECT_EQ(cut(cut_json, json(crowd)).counts.error().code, base::ErrorCode::limit);
}

TEST(OtlpCut, takes_requests_without_log_records) {
    for (const std::string_view body :
         {"{}", "{\"resourceLogs\":[]}", "{\"resourceLogs\":null}", "{\"resourceLogs\":[{}]}",
          "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":null}]}]}"}) {
        const Cut made = cut(cut_json, body);
        ASSERT_TRUE(made.counts) << body;
        EXPECT_TRUE(made.records.empty());
    }
    EXPECT_TRUE(cut(cut_protobuf, "").counts);
    EXPECT_TRUE(cut(cut_protobuf, message(1, message(2, ""))).counts);
}

TEST(OtlpCut, refuses_what_it_cannot_read_down_to_the_log_records) {
    for (const std::string_view body :
         {"", "[]", "nonsense", "{\"resourceLogs\":{}}", "{\"resourceLogs\":[1]}",
          "{\"resourceLogs\":[{\"scopeLogs\":1}]}", "{\"resourceLogs\":[],\"resourceLogs\":[]}",
          "{\"resourceLogs\":[{\"scopeLogs\":[[]]}]}",
          "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[1}]}]}", "{} {}"}) {
        const Cut made = cut(cut_json, body);
        ASSERT_FALSE(made.counts) << body;
        EXPECT_EQ(made.counts.error().code, base::ErrorCode::bad_input);
        EXPECT_TRUE(made.records.empty());
    }
    for (const std::string& body : {std::string("{\"resourceLogs\":[]}"), message(1, "\x0b"),
                                    message(1, message(2, "\x12\x7f"))}) {
        EXPECT_FALSE(cut(cut_protobuf, body).counts);
    }
    EXPECT_TRUE(cut(cut_protobuf, message(1, message(2, message(2, "\x0b")))).counts)
        << "damage inside a log record is kept for the decoder to show";
    EXPECT_TRUE(
        cut(cut_json, "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[1]}]}]}").counts);
}

}  // namespace
}  // namespace vedette::source::otlp
