// SPDX-License-Identifier: Apache-2.0
#include "source/http/reception.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "event/batch.h"
#include "event/limits.h"
#include "source/http/ingest_body.h"
#include "source/http/limits.h"
#include "source/limits.h"
#include "tests/sources_support/http_answer.h"

namespace vedette::source::http {
namespace {

using base::HttpRequest;
using base::HttpResponse;
using tests::FakeHouse;
using tests::gzipped;
using tests::HttpAnswer;
using tests::wait_until;

class ReceptionTest : public ::testing::Test {
  protected:
    std::shared_ptr<HttpAnswer> send(std::string method, std::string path, std::string body,
                                     std::vector<std::pair<std::string, std::string>> headers = {},
                                     std::string query = "") {
        HttpRequest request;
        request.method = std::move(method);
        request.path = std::move(path);
        request.query = std::move(query);
        request.headers = std::move(headers);
        request.peer = "192.0.2.7";
        request.body = std::move(body);
        auto answer = std::make_shared<HttpAnswer>();
        if (auto refusal = reception->refuse(request)) {
            answer->answer(std::move(*refusal));
            return answer;
        }
        reception->handle(std::move(request), base::HttpResponder(answer));
        return answer;
    }
    HttpResponse ask(std::string method, std::string path, std::string body,
                     std::vector<std::pair<std::string, std::string>> headers = {},
                     std::string query = "") {
        const auto answer = send(std::move(method), std::move(path), std::move(body),
                                 std::move(headers), std::move(query));
        EXPECT_TRUE(wait_until([&] { return answer->count() > 0; }));
        EXPECT_EQ(answer->count(), 1);
        const HttpResponse response = answer->response();
        if (response.content_type == "application/json") {
            simdjson::dom::parser parser;
            EXPECT_EQ(parser.parse(response.body).error(), simdjson::SUCCESS) << response.body;
        }
        return response;
    }
    void use_tokens(const std::vector<std::string>& lines) {
        Tokens tokens;
        for (const std::string& line : lines) ASSERT_TRUE(tokens.add(line, "test"));
        reception = std::make_shared<Reception>(house.context("web"), std::move(tokens));
    }

    FakeHouse house;
    std::shared_ptr<Reception> reception =
        std::make_shared<Reception>(house.context("web"), Tokens());
};

constexpr std::string_view kCompact = "filter_path=errors,items.*.error,items.*.status";

std::string bulk_with_ids(int from, int to) {
    std::string body;
    for (int i = from; i < to; ++i) {
        const std::string number = std::to_string(i);
        body += "{\"create\":{\"_index\":\"logs\",\"_id\":\"" + number + "\"}}\n{\"n\":" + number +
                "}\n";
    }
    return body;
}

TEST_F(ReceptionTest, answers_a_bulk_item_by_item_once_it_is_durable) {
    house.sink.hold(true);
    const auto answer = send("POST", "/_bulk",
                             "{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"x\":1}\n"
                             "{\"delete\":{\"_index\":\"a\",\"_id\":\"1\"}}\n"
                             "{\"create\":{\"_index\":\"b\"}}\n{not json\n"
                             "{\"update\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{}\n"
                             "{\"index\":{}}\n{}\n"
                             "{\"index\":{\"_index\":\"a\"}}\n\n",
                             {}, std::string(kCompact));
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_EQ(answer->count(), 0) << "acknowledged before it was durable";
    house.sink.hold(false);
    ASSERT_TRUE(wait_until([&] { return answer->count() > 0; }));
    const HttpResponse response = answer->response();
    EXPECT_EQ(response.status, 200);
    const std::string unsupported =
        "\"error\":{\"type\":\"illegal_argument_exception\",\"reason\":\"events are never changed "
        "or "
        "deleted: only index and create are supported\"},\"status\":400";
    EXPECT_EQ(
        response.body.substr(response.body.find(",\"errors\"")),
        ",\"errors\":true,\"items\":[{\"index\":{\"status\":201}},{\"delete\":{" + unsupported +
            "}},{\"create\":{\"status\":201}},{\"update\":{" + unsupported +
            "}},{\"index\":{\"error\":{\"type\":\"invalid_index_name_exception\",\"reason\":\"an "
            "index name of 1 to 255 bytes without control characters is "
            "needed\"},\"status\":400}},{\"index\":{\"error\":{\"type\":\"document_parsing_"
            "exception\",\"reason\":\"the document is empty\"},\"status\":400}}]}");
    const auto chunks = house.sink.chunks();
    ASSERT_EQ(chunks.size(), 2u);
    EXPECT_EQ(chunks[0].record(0), "{\"x\":1}");
    EXPECT_EQ(chunks[0].keys, (std::vector<std::string>{std::string("a\0001", 3)}));
    EXPECT_EQ(chunks[1].record(0), "{not json") << "damaged documents are kept";
    EXPECT_EQ(chunks[0].envelope.source, "web");
    EXPECT_EQ(chunks[0].envelope.origin, "192.0.2.7");
    EXPECT_EQ(chunks[0].envelope.format, "json");
    EXPECT_EQ(chunks[0].envelope.format_version, 3);
    EXPECT_EQ(chunks[0].envelope.context, "a");
    EXPECT_EQ(chunks[1].envelope.context, "b");
}

TEST_F(ReceptionTest, tells_names_and_results_when_not_asked_to_be_short) {
    const HttpResponse first = ask("PUT", "/logs/_bulk", "{\"create\":{\"_id\":\"q\\\"1\"}}\n{}\n");
    EXPECT_NE(first.body.find("{\"create\":{\"_index\":\"logs\",\"_id\":\"q\\\"1\",\"_version\":1,"
                              "\"result\":\"created\","),
              std::string::npos)
        << first.body;
    const HttpResponse again = ask("PUT", "/logs/_bulk", "{\"create\":{\"_id\":\"q\\\"1\"}}\n{}\n");
    EXPECT_NE(again.body.find("\"result\":\"noop\""), std::string::npos) << again.body;
    EXPECT_NE(again.body.find("\"errors\":false"), std::string::npos);
    EXPECT_EQ(house.sink.record_count(), 1u);
    for (const auto& [name, value] : first.headers) {
        if (name == "X-Elastic-Product") return;
    }
    FAIL() << "official clients want to see X-Elastic-Product";
}

TEST_F(ReceptionTest, takes_nothing_of_a_bulk_it_cannot_read) {
    const HttpResponse response = ask("POST", "/a/_bulk", bulk_with_ids(0, 100) + "{\"inde\n{}\n");
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body.find("line 201"), std::string::npos) << response.body;
    EXPECT_EQ(house.sink.offers(), 0u);
    EXPECT_FALSE(house.sink.is_known(std::string("logs\0001", 6)));
}

TEST_F(ReceptionTest, makes_few_chunks_of_many_documents) {
    std::string body;
    for (int i = 0; i < 20'000; ++i) {
        body += "{\"index\":{\"_index\":\"i" + std::to_string(i % 2) +
                "\"}}\n{\"n\":" + std::to_string(i) + "}\n";
    }
    EXPECT_EQ(ask("POST", "/_bulk", body, {}, std::string(kCompact)).status, 200);
    EXPECT_EQ(house.sink.record_count(), 20'000u);
    EXPECT_EQ(house.sink.chunks().size(), 6u);
    for (const event::Chunk& chunk : house.sink.chunks()) {
        EXPECT_LE(chunk.record_count(), event::kChunkRecordsMax);
        EXPECT_TRUE(chunk.keys.empty());
    }
    const std::string large(900'000, 'x');
    body.clear();
    for (int i = 0; i < 5; ++i) body += "{\"index\":{}}\n{\"x\":\"" + large + "\"}\n";
    ask("POST", "/i/_bulk", body);
    const auto chunks = house.sink.chunks();
    EXPECT_EQ(chunks.size(), 11u);
    for (const event::Chunk& chunk : chunks) EXPECT_LE(chunk.bytes.size(), event::kChunkBytesMax);
}

TEST_F(ReceptionTest, keeps_a_long_document_in_parts_of_one_chunk) {
    std::string text;
    while (text.size() < event::kRecordBytesMax * 5 / 2) text += "\xc3\xa9";
    ask("POST", "/i/_bulk", "{\"index\":{\"_id\":\"long\"}}\n\"" + text + "\"\n");
    const auto chunks = house.sink.chunks();
    ASSERT_EQ(chunks.size(), 1u);
    ASSERT_EQ(chunks[0].record_count(), 3u);
    EXPECT_EQ(chunks[0].bytes, "\"" + text + "\"");
    EXPECT_EQ(chunks[0].flags, std::vector<std::uint16_t>(3, event::kRowPartOfLonger));
    EXPECT_EQ(chunks[0].keys[0], std::string("i\0long", 6));
    EXPECT_EQ(chunks[0].keys[1], "");
    for (std::size_t i = 1; i < 3; ++i) EXPECT_EQ(chunks[0].record(i).front(), '\xc3');

    const std::string giant(kDocumentBytesMax + 1, 'x');
    const HttpResponse refused = ask("POST", "/i/_bulk", "{\"index\":{}}\n" + giant + "\n");
    EXPECT_NE(refused.body.find("\"status\":413"), std::string::npos);
    EXPECT_EQ(house.sink.chunks().size(), 1u);
}

TEST_F(ReceptionTest, says_429_for_what_found_no_room_and_takes_it_the_next_time) {
    house.sink.take_only(1);
    const std::string body = bulk_with_ids(0, 10'000);
    const HttpResponse part = ask("POST", "/_bulk", body, {}, std::string(kCompact));
    EXPECT_EQ(part.status, 200);
    const std::size_t first_rejected = part.body.find("es_rejected_execution_exception");
    ASSERT_NE(first_rejected, std::string::npos);
    EXPECT_EQ(house.sink.record_count(), 4'096u);
    house.sink.take_only({});
    const HttpResponse rest = ask("POST", "/_bulk", body, {}, std::string(kCompact));
    EXPECT_NE(rest.body.find("\"errors\":false"), std::string::npos);
    EXPECT_EQ(house.sink.record_count(), 10'000u);
    const auto records = house.sink.records();
    EXPECT_EQ(std::set<std::string>(records.begin(), records.end()).size(), 10'000u);
}

TEST_F(ReceptionTest, repeats_until_everything_is_there_exactly_once_whatever_fails) {
    house.sink.fail(30, 30);
    std::vector<std::thread> senders;
    for (int sender = 0; sender < 4; ++sender) {
        // All senders send overlapping ranges, each until every item of it was acknowledged.
        senders.emplace_back([&, sender] {
            for (int block = 0; block < 8; ++block) {
                const int from = block * 500 + sender * 100;
                for (int attempt = 0; attempt < 200; ++attempt) {
                    const HttpResponse response =
                        ask("POST", "/_bulk", bulk_with_ids(from, from + 700), {},
                            std::string(kCompact));
                    EXPECT_EQ(response.status, 200);
                    if (response.body.find("\"errors\":false") != std::string::npos) break;
                    EXPECT_LT(attempt, 199);
                }
            }
        });
    }
    for (std::thread& sender : senders) sender.join();
    const auto records = house.sink.records();
    EXPECT_EQ(std::set<std::string>(records.begin(), records.end()).size(), 4'500u);
    EXPECT_EQ(records.size(), 4'500u) << "some are there twice";
}

TEST_F(ReceptionTest, answers_a_repeated_id_only_when_the_first_one_is_durable) {
    house.sink.hold(true);
    const auto first = send("POST", "/_bulk", bulk_with_ids(1, 2));
    const auto second = send("POST", "/_bulk", bulk_with_ids(1, 2));
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_EQ(second->count(), 0);
    house.sink.fail(0, 100);
    house.sink.hold(false);
    ASSERT_TRUE(wait_until([&] { return first->count() + second->count() == 2; }));
    EXPECT_NE(second->response().body.find("\"status\":429"), std::string::npos)
        << "the record it was told of was lost";
    house.sink.fail(0, 0);
    EXPECT_NE(ask("POST", "/_bulk", bulk_with_ids(1, 2)).body.find("\"status\":201"),
              std::string::npos);
}

TEST_F(ReceptionTest, knows_an_id_that_is_twice_in_one_body) {
    const HttpResponse response = ask("POST", "/_bulk", bulk_with_ids(3, 4) + bulk_with_ids(3, 4));
    EXPECT_NE(response.body.find("\"result\":\"created\""), std::string::npos);
    EXPECT_NE(response.body.find("\"result\":\"noop\""), std::string::npos);
    EXPECT_EQ(house.sink.record_count(), 1u);
}

TEST_F(ReceptionTest, takes_single_documents) {
    const HttpResponse created = ask("POST", "/logs/_doc", "{\n \"x\": 1\n}");
    EXPECT_EQ(created.status, 201);
    EXPECT_EQ(created.body.rfind("{\"_index\":\"logs\",\"_id\":\"", 0), 0u) << created.body;
    EXPECT_EQ(ask("PUT", "/logs/_doc/7", "{}").status, 201);
    EXPECT_EQ(ask("PUT", "/logs/_create/7", "{}").status, 200);
    EXPECT_EQ(ask("POST", "/logs/_doc", "").status, 400);
    house.sink.fail(100, 0);
    const HttpResponse rejected = ask("POST", "/logs/_doc", "{}");
    EXPECT_EQ(rejected.status, 429);
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{"{\n \"x\": 1\n}", "{}"}));
}

TEST_F(ReceptionTest, opens_compressed_bodies_and_refuses_bombs) {
    const std::string body = gzipped(bulk_with_ids(0, 100));
    EXPECT_EQ(ask("POST", "/_bulk", body, {{"content-encoding", "gzip"}}).status, 200);
    EXPECT_EQ(house.sink.record_count(), 100u);
    EXPECT_EQ(ask("POST", "/_bulk", body.substr(0, 200), {{"content-encoding", "gzip"}}).status,
              400);
    EXPECT_EQ(ask("POST", "/_bulk", bulk_with_ids(0, 1), {{"content-encoding", "gzip"}}).status,
              400);
    EXPECT_EQ(ask("POST", "/_bulk", body, {{"content-encoding", "br"}}).status, 415);
    const std::string bomb = gzipped(std::string(kOpenedBytesMax + 1, '\n'));
    EXPECT_EQ(ask("POST", "/_bulk", bomb, {{"content-encoding", "gzip"}}).status, 413);
    EXPECT_EQ(house.sink.record_count(), 100u);
}

TEST_F(ReceptionTest, takes_lines_and_arrays_as_a_named_source) {
    EXPECT_EQ(ask("POST", "/ingest/shop", "{\"a\":1}\n\n{\"a\":2}\r\n{\"a\":3}").body,
              "{\"accepted\":3}");
    EXPECT_EQ(ask("POST", "/ingest/shop", " [ {\"a\":\"]}\\\"\"} ,\n{\"b\":{\"c\":{}}} ] ").body,
              "{\"accepted\":2}");
    EXPECT_EQ(ask("POST", "/ingest/shop", "[12:00] plain text\nmore").body, "{\"accepted\":2}");
    EXPECT_EQ(ask("POST", "/ingest/shop", "{\"forced\":1}", {}, "format=text").status, 200);
    EXPECT_EQ(house.sink.records(),
              (std::vector<std::string>{"{\"a\":1}", "{\"a\":2}", "{\"a\":3}", "{\"a\":\"]}\\\"\"}",
                                        "{\"b\":{\"c\":{}}}", "[12:00] plain text", "more",
                                        "{\"forced\":1}"}));
    const auto chunks = house.sink.chunks();
    EXPECT_EQ(chunks[0].envelope.source, "shop");
    EXPECT_EQ(chunks[0].envelope.format, "json");
    EXPECT_EQ(chunks[2].envelope.format, "text");
    EXPECT_EQ(chunks[3].envelope.format, "text");
    for (const std::string bad : {"[{\"a\":1}", "[{\"a\":1},2]", "[{\"a\":1}] x", "[{\"a\":\"}]"}) {
        EXPECT_EQ(ask("POST", "/ingest/shop", bad).status, 400) << bad;
    }
    EXPECT_EQ(ask("POST", "/ingest/shop", "x", {}, "format=none").status, 400);
    EXPECT_EQ(ask("POST", "/ingest/not%20a%20name", "x").status, 400);
    EXPECT_EQ(ask("GET", "/ingest/shop", "").status, 405);
    EXPECT_EQ(ask("POST", "/ingest/shop", "").body, "{\"accepted\":0}");
    house.sink.fail(100, 0);
    const HttpResponse full = ask("POST", "/ingest/shop", "{}");
    EXPECT_EQ(full.status, 429);
    EXPECT_EQ(full.headers.front().first, "Retry-After");
}

// printf %s TOKEN | sha256sum, for the tokens "one" and "two"
constexpr std::string_view kOne =
    "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
constexpr std::string_view kTwo =
    "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";

TEST_F(ReceptionTest, lets_nobody_in_without_a_token_and_nobody_out_of_his_scope) {
    use_tokens(
        {"one:" + std::string(kOne), "two:" + std::string(kTwo) + ":source=shop,index=shop-*"});
    EXPECT_EQ(ask("GET", "/", "").status, 401);
    EXPECT_EQ(ask("POST", "/_bulk", "", {{"authorization", "Bearer three"}}).status, 401);
    const std::vector<std::pair<std::string, std::string>> one{{"authorization", "Bearer one"}},
        two{{"authorization", "Bearer two"}};
    EXPECT_EQ(ask("GET", "/", "", one).status, 200);
    EXPECT_EQ(ask("POST", "/ingest/any", "{}", one).status, 200);
    EXPECT_EQ(ask("POST", "/ingest/any", "{}", two).status, 403);
    EXPECT_EQ(ask("POST", "/ingest/shop", "{}", two).status, 200);
    const HttpResponse mixed = ask("POST", "/_bulk",
                                   "{\"index\":{\"_index\":\"shop-1\"}}\n{}\n"
                                   "{\"index\":{\"_index\":\"bank\"}}\n{}\n",
                                   two, std::string(kCompact));
    EXPECT_NE(mixed.body.find("[{\"index\":{\"status\":201}},{\"index\":{\"error\":{\"type\":"
                              "\"security_exception\""),
              std::string::npos)
        << mixed.body;
    EXPECT_EQ(ask("POST", "/bank/_doc", "{}", two).status, 403);
    EXPECT_EQ(house.sink.chunks().back().envelope.source, "shop") << "its records are its source's";
    EXPECT_EQ(house.sink.record_count(), 3u);
}

TEST_F(ReceptionTest, lets_no_web_page_write_when_there_are_no_tokens) {
    EXPECT_EQ(ask("POST", "/i/_doc", "{}", {{"origin", "https://evil.example"}}).status, 403);
    EXPECT_EQ(house.sink.offers(), 0u);
}

TEST_F(ReceptionTest, gives_the_answers_that_shippers_wait_for) {
    EXPECT_NE(ask("GET", "/", "").body.find("\"number\":\"8.17.0\""), std::string::npos);
    for (const std::string path :
         {"/_license", "/_xpack", "/_cluster/health", "/_nodes", "/_nodes/http", "/_cat/health",
          "/_index_template/filebeat-8", "/_template/logstash", "/_ilm/policy/filebeat",
          "/_ingest/pipeline/x", "/_data_stream/logs", "/logs", "/logs/_mapping", "/_alias/logs"}) {
        EXPECT_EQ(ask("GET", path, "").status, 200) << path;
        EXPECT_EQ(ask("HEAD", path, "").status, 200) << path;
    }
    for (const std::string path : {"/_index_template/x", "/_template/x", "/_ilm/policy/x",
                                   "/_ingest/pipeline/x", "/logs", "/logs/_mapping"}) {
        EXPECT_NE(ask("PUT", path, "{}").body.find("\"acknowledged\":true"), std::string::npos);
    }
    EXPECT_EQ(ask("POST", "/_refresh", "").status, 200);
    EXPECT_EQ(ask("POST", "/logs/_refresh", "").status, 200);
    EXPECT_EQ(ask("POST", "/logs/_search", "{}").status, 404);
    EXPECT_EQ(ask("DELETE", "/logs", "").status, 404);
    EXPECT_EQ(ask("POST", "/", "").status, 404);
    const HttpResponse vendor =
        ask("GET", "/", "", {{"accept", "application/vnd.elasticsearch+json; compatible-with=8"}});
    EXPECT_EQ(vendor.content_type, "application/vnd.elasticsearch+json;compatible-with=8");
}

TEST_F(ReceptionTest, answers_after_the_source_is_gone) {
    house.sink.hold(true);
    const auto answer = send("POST", "/_bulk", bulk_with_ids(0, 10));
    reception.reset();
    house.sink.hold(false);
    EXPECT_TRUE(wait_until([&] { return answer->count() == 1; }));
}

}  // namespace
}  // namespace vedette::source::http
