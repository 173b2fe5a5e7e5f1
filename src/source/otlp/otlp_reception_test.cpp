// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "base/protobuf_wire.h"
#include "event/limits.h"
#include "source/otlp/reception.h"
#include "source/registry.h"
#include "tests/sources_support/http_answer.h"

namespace vedette::source::otlp {
namespace {

using base::HttpResponse;
using tests::FakeHouse;
using tests::header_of;
using tests::HttpAsked;
using tests::wait_until;

const std::string kSecretHash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

std::string json_of(std::string_view log_records) {
    return "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[" + std::string(log_records) +
           "]}]}]}";
}

std::string protobuf_of(const std::vector<std::string>& log_records) {
    std::string scope, resource, request;
    for (const std::string& record : log_records) base::append_protobuf_bytes(scope, 2, record);
    base::append_protobuf_bytes(resource, 2, scope);
    base::append_protobuf_bytes(request, 1, resource);
    return request;
}

class OtlpReception : public ::testing::Test {
  protected:
    HttpResponse post(std::string body, std::string type = "application/json",
                      std::string path = "/v1/logs",
                      std::vector<std::pair<std::string, std::string>> headers = {}) {
        headers.emplace_back("content-type", std::move(type));
        return HttpAsked{"POST", std::move(path), "", std::move(body), std::move(headers)}.ask(
            *reception);
    }
    void use_token(const std::string& line) {
        Tokens tokens;
        ASSERT_TRUE(tokens.add(line, "test"));
        reception = std::make_shared<Reception>(house.context("otlp"), std::move(tokens));
    }

    FakeHouse house;
    std::shared_ptr<Reception> reception =
        std::make_shared<Reception>(house.context("otlp"), Tokens());
};

constexpr const char* kProtobuf = "application/x-protobuf";

TEST_F(OtlpReception, answers_in_the_encoding_of_the_request_when_all_is_durable) {
    house.sink.hold(true);
    const std::string body = json_of("{},{}");
    const auto answer =
        HttpAsked{
            "POST", "/v1/logs", "", body, {{"content-type", "application/json; charset=utf-8"}}}
            .send(*reception);
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_EQ(answer->count(), 0);
    house.sink.hold(false);
    ASSERT_TRUE(wait_until([&] { return answer->count() == 1; }));
    EXPECT_EQ(answer->response().status, 200);
    EXPECT_EQ(answer->response().body, "{}");
    EXPECT_EQ(answer->response().content_type, "application/json");

    const HttpResponse binary = post(protobuf_of({"", ""}), kProtobuf);
    EXPECT_EQ(binary.status, 200);
    EXPECT_EQ(binary.body, "");
    EXPECT_EQ(binary.content_type, kProtobuf);
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{body, protobuf_of({"", ""})}));
    EXPECT_EQ(house.sink.chunks()[0].envelope.format, "otlp");
    EXPECT_EQ(house.counters.stage("source otlp").sent.load(), 4u) << "log records, not requests";
}

TEST_F(OtlpReception, tells_partial_success) {
    const std::string large(event::kRecordBytesMax, 'x');
    const HttpResponse text = post(json_of("{},{\"severityText\":\"" + large + "\"}"));
    EXPECT_EQ(text.status, 200);
    EXPECT_EQ(
        text.body.find(R"({"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"a log)"), 0u)
        << text.body;
    const HttpResponse binary = post(protobuf_of({"", large, large}), kProtobuf);
    EXPECT_EQ(binary.status, 200);
    base::ProtobufReader reader(binary.body);
    base::ProtobufField field;
    ASSERT_TRUE(reader.next(field));
    EXPECT_EQ(field.number, 1u);
    base::ProtobufReader partial(field.bytes);
    ASSERT_TRUE(partial.next(field));
    EXPECT_EQ(field.number, 1u);
    EXPECT_EQ(field.value, 2u);
    ASSERT_TRUE(partial.next(field));
    EXPECT_EQ(field.number, 2u);
    EXPECT_FALSE(field.bytes.empty());
    EXPECT_NE(house.counters.prometheus().find(R"(vedette_otlp_rejected_total{source="otlp"} 3)"),
              std::string::npos);
}

TEST_F(OtlpReception, asks_to_come_again_when_there_is_no_room) {
    house.sink.take_only(0);
    const HttpResponse text = post(json_of("{}"));
    EXPECT_EQ(text.status, 503);
    EXPECT_EQ(header_of(text, "Retry-After"), "5");
    EXPECT_EQ(text.body, R"({"code":14,"message":"the journal has no room, send it again later"})");
    house.sink.take_only(std::nullopt);
    house.sink.fail(0, 100);
    EXPECT_EQ(post(protobuf_of({""}), kProtobuf).status, 503) << "the journal failed";
}

TEST_F(OtlpReception, says_what_it_does_not_take) {
    const HttpResponse traces = post("{}", "application/json", "/v1/traces");
    EXPECT_EQ(traces.status, 404);
    EXPECT_NE(traces.body.find("switch the exporter for traces off"), std::string::npos);
    EXPECT_EQ(post("", kProtobuf, "/v1/metrics").status, 404);
    EXPECT_EQ(post("", kProtobuf, "/v1/metrics").content_type, kProtobuf);
    EXPECT_EQ(post("{}", "application/json", "/").status, 404);
    EXPECT_EQ(post("{}", "text/plain").status, 415);
    EXPECT_EQ((HttpAsked{"GET", "/v1/logs", "", ""}.ask(*reception).status), 405);
    EXPECT_EQ(post("{nonsense").status, 400);
    EXPECT_EQ(post("\x0b", kProtobuf).status, 400);
    const std::string counted = house.counters.prometheus();
    EXPECT_NE(counted.find(R"(vedette_otlp_unsupported_total{source="otlp",signal="traces"} 1)"),
              std::string::npos)
        << counted;
    EXPECT_NE(counted.find(R"(vedette_otlp_unsupported_total{source="otlp",signal="metrics"} 2)"),
              std::string::npos);
}

TEST_F(OtlpReception, opens_gzip_and_only_what_it_knows) {
    EXPECT_EQ(post(tests::gzipped(json_of("{}")), "application/json", "/v1/logs",
                   {{"content-encoding", "gzip"}})
                  .status,
              200);
    EXPECT_EQ(house.sink.records(), std::vector<std::string>{json_of("{}")});
    EXPECT_EQ(post("x", kProtobuf, "/v1/logs", {{"content-encoding", "br"}}).status, 415);
    EXPECT_EQ(post("x", kProtobuf, "/v1/logs", {{"content-encoding", "gzip"}}).status, 400);
}

TEST_F(OtlpReception, looks_at_tokens) {
    use_token("app:" + kSecretHash + ":source=apps");
    EXPECT_EQ(post(json_of("{}")).status, 401);
    EXPECT_EQ(post(json_of("{}"), "application/json", "/v1/logs", {{"authorization", "Bearer no"}})
                  .status,
              401);
    EXPECT_EQ(
        post(json_of("{}"), "application/json", "/v1/logs", {{"authorization", "Bearer secret"}})
            .status,
        200);
    EXPECT_EQ(house.sink.chunks()[0].envelope.source, "apps");
    use_token("app:" + kSecretHash + ":api=hec");
    EXPECT_EQ(
        post(json_of("{}"), "application/json", "/v1/logs", {{"authorization", "Bearer secret"}})
            .status,
        403);
}

TEST_F(OtlpReception, lets_no_web_page_write_where_there_are_no_tokens) {
    EXPECT_EQ(
        post(json_of("{}"), "application/json", "/v1/logs", {{"origin", "http://evil"}}).status,
        403);
}

TEST(OtlpSource, wants_settings_that_make_sense) {
    FakeHouse house;
    Registry registry;
    register_all(registry);
    const auto make = [&](std::multimap<std::string, std::string> values) {
        return registry.find("otlp")->make({"otlp", "vedette.yml:9", std::move(values)},
                                           house.context("otlp"));
    };
    EXPECT_TRUE(make({{"listen", "127.0.0.1:0"}}));
    EXPECT_FALSE(make({{"listen", "0.0.0.0:4318"}}));
}

}  // namespace
}  // namespace vedette::source::otlp
