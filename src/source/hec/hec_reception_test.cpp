// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "event/batch.h"
#include "event/limits.h"
#include "source/hec/limits.h"
#include "source/hec/reception.h"
#include "source/registry.h"
#include "tests/sources_support/http_answer.h"

namespace vedette::source::hec {
namespace {

using base::HttpResponse;
using tests::FakeHouse;
using tests::header_of;
using tests::HttpAsked;
using tests::wait_until;

// printf %s secret | sha256sum
const std::string kSecretHash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
const std::string kSuccess = R"({"text":"Success","code":0})";

class HecReception : public ::testing::Test {
  protected:
    void use(bool has_acks, const std::string& token = "") {
        Tokens tokens;
        if (!token.empty()) {
            ASSERT_TRUE(tokens.add(token, "test"));
        }
        reception = std::make_shared<Reception>(house.context("hec"), std::move(tokens), has_acks);
    }
    HttpResponse post(std::string path, std::string body, std::string query = "",
                      std::vector<std::pair<std::string, std::string>> headers = {}) {
        return HttpAsked{"POST", std::move(path), std::move(query), std::move(body),
                         std::move(headers)}
            .ask(*reception);
    }
    std::string acks(const std::string& channel, const std::string& ids) {
        return post("/services/collector/ack", "{\"acks\":[" + ids + "]}", "channel=" + channel)
            .body;
    }
    static std::string ack_id(const HttpResponse& response) {
        const std::string mark = R"("code":0,"ackId":)";
        const std::size_t begin = response.body.find(mark) + mark.size();
        return response.body.substr(begin, response.body.size() - 1 - begin);
    }

    FakeHouse house;
    std::shared_ptr<Reception> reception =
        std::make_shared<Reception>(house.context("hec"), Tokens(), false);
};

TEST_F(HecReception, answers_success_when_events_are_durable_and_not_before) {
    house.sink.hold(true);
    const std::string body = R"({"event":"a"}{"event":{"b":1},"host":"h"})";
    const auto answer =
        HttpAsked{"POST", "/services/collector/event/1.0", "", body}.send(*reception);
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_EQ(answer->count(), 0);
    house.sink.hold(false);
    ASSERT_TRUE(wait_until([&] { return answer->count() == 1; }));
    EXPECT_EQ(answer->response().status, 200);
    EXPECT_EQ(answer->response().body, kSuccess);
    EXPECT_EQ(house.sink.records(),
              (std::vector<std::string>{R"({"event":"a"})", R"({"event":{"b":1},"host":"h"})"}));
    const event::Envelope envelope = house.sink.chunks()[0].envelope;
    EXPECT_EQ(envelope.format, "hec");
    EXPECT_EQ(envelope.source, "hec");
    EXPECT_EQ(envelope.origin, "192.0.2.7");
    EXPECT_EQ(envelope.context, "");
}

TEST_F(HecReception, says_what_is_wrong_in_the_protocols_own_words) {
    const auto said = [&](const std::string& body) {
        const HttpResponse response = post("/services/collector", body);
        EXPECT_EQ(response.status, 400);
        return response.body;
    };
    EXPECT_EQ(said(""), R"({"text":"No data","code":5})");
    EXPECT_EQ(said("{nonsense"),
              R"({"text":"Invalid data format","code":6,"invalid-event-number":0})");
    EXPECT_EQ(said(R"({"event":"a"}{"time":1})"),
              R"({"text":"Event field is required","code":12,"invalid-event-number":1})");
    EXPECT_EQ(said(R"({"event":""})"),
              R"({"text":"Event field cannot be blank","code":13,"invalid-event-number":0})");
    EXPECT_EQ(house.sink.offers(), 0u) << "of a body that is refused nothing is taken";
    EXPECT_EQ(post("/services/collector/ack", "{\"acks\":[1]}").body,
              R"({"text":"ACK is disabled","code":14})");
    EXPECT_EQ(post("/services/other", "x").status, 404);
    EXPECT_EQ((HttpAsked{"GET", "/services/collector/event", "", ""}.ask(*reception).status), 405);
    EXPECT_NE(house.counters.prometheus().find(
                  R"(vedette_http_refused_total{source="hec",status="400"} 5)"),
              std::string::npos)
        << house.counters.prometheus();
}

TEST_F(HecReception, says_busy_when_there_is_no_room_so_that_clients_come_again) {
    house.sink.take_only(0);
    const HttpResponse busy = post("/services/collector", R"({"event":"a"})");
    EXPECT_EQ(busy.status, 503);
    EXPECT_EQ(busy.body, R"({"text":"Server is busy","code":9})");
    EXPECT_EQ(header_of(busy, "Retry-After"), "5");
    const HttpAsked health{"GET", "/services/collector/health", "", ""};
    EXPECT_EQ(health.ask(*reception).status, 503);
    EXPECT_EQ(health.ask(*reception).body,
              R"({"text":"HEC is unhealthy, queues are full","code":18})");
    house.sink.take_only(std::nullopt);
    EXPECT_EQ(post("/services/collector", R"({"event":"a"})").body, kSuccess);
    EXPECT_EQ(house.sink.record_count(), 1u);
}

TEST_F(HecReception, is_healthy_without_a_token) {
    use(false, "a:" + kSecretHash);
    const HttpResponse health =
        HttpAsked{"GET", "/services/collector/health/1.0", "", ""}.ask(*reception);
    EXPECT_EQ(health.status, 200);
    EXPECT_EQ(health.body, R"({"text":"HEC is healthy","code":17})");
}

TEST_F(HecReception, looks_at_tokens_as_splunk_does) {
    use(false, "a:" + kSecretHash + ":source=apps,index=web-*");
    const auto answer = [&](const std::string& authorization, const std::string& query = "") {
        std::vector<std::pair<std::string, std::string>> headers;
        if (!authorization.empty()) headers.emplace_back("authorization", authorization);
        return post("/services/collector", R"({"event":"a"})", query, headers);
    };
    EXPECT_EQ(answer("").status, 401);
    EXPECT_EQ(answer("").body, R"({"text":"Token is required","code":2})");
    EXPECT_EQ(answer("", "token=secret").body,
              R"({"text":"Query string authorization is not enabled","code":16})");
    EXPECT_EQ(answer("secret").body, R"({"text":"Invalid authorization","code":3})");
    EXPECT_EQ(answer("Splunk wrong").status, 403);
    EXPECT_EQ(answer("Splunk wrong").body, R"({"text":"Invalid token","code":4})");
    EXPECT_EQ(answer("Splunk secret").body, kSuccess);
    EXPECT_EQ(answer("Basic eDpzZWNyZXQ=").body, kSuccess) << "x:secret";
    EXPECT_EQ(house.sink.chunks()[0].envelope.source, "apps");
    EXPECT_EQ(answer("Splunk secret", "index=web-1").body, kSuccess);
    EXPECT_EQ(answer("Splunk secret", "index=other").body,
              R"({"text":"Incorrect index","code":7,"invalid-event-number":0})");
    EXPECT_EQ(post("/services/collector", R"({"event":"a"}{"event":"a","index":"m\u0061in"})", "",
                   {{"authorization", "Splunk secret"}})
                  .body,
              R"({"text":"Incorrect index","code":7,"invalid-event-number":1})");
    EXPECT_EQ(
        post("/services/collector/raw", "a", "index=main", {{"authorization", "Splunk secret"}})
            .body,
        R"({"text":"Incorrect index","code":7})");
    use(false, "a:" + kSecretHash + ":api=bulk");
    EXPECT_EQ(answer("Splunk secret").status, 403);
}

TEST_F(HecReception, lets_no_web_page_write_where_there_are_no_tokens) {
    EXPECT_EQ(
        post("/services/collector", R"({"event":"a"})", "", {{"origin", "http://evil"}}).status,
        403);
}

TEST_F(HecReception, opens_gzip) {
    EXPECT_EQ(post("/services/collector", tests::gzipped(R"({"event":"a"})"), "",
                   {{"content-encoding", "gzip"}})
                  .body,
              kSuccess);
    EXPECT_EQ(house.sink.records(), std::vector<std::string>{R"({"event":"a"})"});
    EXPECT_EQ(post("/services/collector", "no gzip", "", {{"content-encoding", "gzip"}}).body,
              R"({"text":"Invalid data format","code":6})");
}

TEST_F(HecReception, breaks_raw_bodies_into_lines_and_keeps_what_the_query_says) {
    EXPECT_EQ(post("/services/collector/raw", "one\r\n\ntwo\nthree",
                   "host=h%201&source=%2Fvar%2Flog%2Fx&sourcetype=mine&index=main")
                  .body,
              kSuccess);
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{"one", "two", "three"}));
    const event::Envelope envelope = house.sink.chunks()[0].envelope;
    EXPECT_EQ(envelope.format, "hec_raw");
    EXPECT_EQ(envelope.context,
              R"({"host":"h 1","source":"/var/log/x","sourcetype":"mine","index":"main"})");
    post("/services/collector/raw/1.0", "{\"a\":1}\n{\"a\":2}\n");
    EXPECT_EQ(house.sink.chunks()[1].envelope.context, R"({"format":"json"})")
        << "recognised by content";
    EXPECT_EQ(post("/services/collector/raw", "\r\n").body, R"({"text":"No data","code":5})");
    EXPECT_EQ(post("/services/collector/raw", "x", "host=" + std::string(2'000, 'h')).status, 400);
}

TEST_F(HecReception, cuts_raw_lines_by_the_format_that_the_sourcetype_names) {
    house.formats.emplace_back();
    house.formats.back().name = "traces";
    house.formats.back().recognise = [](const std::vector<std::string_view>&) { return 0; };
    house.formats.back().framing.continues = [](std::string_view, std::string_view line) {
        return line.starts_with(' ');
    };
    use(false);
    post("/services/collector/raw", "error\n at a\n at b\nnext\n", "sourcetype=traces");
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{"error\n at a\n at b", "next"}));
}

TEST_F(HecReception, keeps_long_raw_lines_in_parts) {
    const std::string line(event::kRecordBytesMax * 2 + 5, 'x');
    EXPECT_EQ(post("/services/collector/raw", "first\n" + line + "\nlast").body, kSuccess);
    std::string all;
    for (const event::Chunk& chunk : house.sink.chunks()) {
        all += chunk.bytes;
        EXPECT_EQ(chunk.envelope.format, "hec_raw");
    }
    EXPECT_EQ(all, "first" + line + "last");
    EXPECT_EQ(house.sink.record_count(), 5u);
}

TEST_F(HecReception, with_acks_answers_at_once_and_is_true_only_when_durable) {
    use(true);
    house.sink.hold(true);
    const HttpResponse taken =
        post("/services/collector", R"({"event":"a"})", "", {{"x-splunk-request-channel", "c-1"}});
    EXPECT_EQ(taken.status, 200);
    const std::string id = ack_id(taken);
    EXPECT_EQ(acks("c-1", id), "{\"acks\":{\"" + id + "\":false}}");
    house.sink.hold(false);
    ASSERT_TRUE(wait_until([&] { return acks("c-1", id) == "{\"acks\":{\"" + id + "\":true}}"; }));
    EXPECT_EQ(acks("c-1", id), "{\"acks\":{\"" + id + "\":true}}");
    EXPECT_EQ(acks("c-2", id), "{\"acks\":{\"" + id + "\":false}}") << "another channel";
    EXPECT_EQ(acks("c-1", ""), "{\"acks\":{}}");
    EXPECT_EQ(house.sink.record_count(), 1u);
}

TEST_F(HecReception, with_acks_an_id_of_what_the_journal_failed_stays_false) {
    use(true);
    house.sink.fail(0, 100);
    const std::string id = ack_id(post("/services/collector/raw", "line", "channel=c"));
    ASSERT_TRUE(wait_until([&] { return house.counters.stage("source hec").errors.load() == 1; }));
    EXPECT_EQ(acks("c", id), "{\"acks\":{\"" + id + "\":false}}");
    house.sink.fail(0, 0);
    house.sink.take_only(0);
    EXPECT_EQ(post("/services/collector/raw", "line", "channel=c").body,
              R"({"text":"Server is busy","code":9})");
}

TEST_F(HecReception, with_acks_wants_a_channel) {
    use(true);
    const std::string missing = R"({"text":"Data channel is missing","code":10})";
    EXPECT_EQ(post("/services/collector", R"({"event":"a"})").body, missing);
    EXPECT_EQ(post("/services/collector/raw", "a").body, missing);
    EXPECT_EQ(post("/services/collector/ack", "{\"acks\":[1]}").body, missing);
    EXPECT_EQ(post("/services/collector/raw", "a", "channel=" + std::string(65, 'x')).body,
              R"({"text":"Invalid data channel","code":11})");
    for (const std::string bad :
         {"", "{}", "[1]", "{\"acks\":1}", "{\"acks\":[-1]}", "{\"acks\":[1.5]}"}) {
        EXPECT_EQ(post("/services/collector/ack", bad, "channel=c").status, 400) << bad;
    }
}

TEST_F(HecReception, with_acks_no_id_of_another_start_is_given_again) {
    use(true);
    const std::string first = ack_id(post("/services/collector", R"({"event":1})", "channel=c"));
    use(true);
    const std::string second = ack_id(post("/services/collector", R"({"event":1})", "channel=c"));
    EXPECT_NE(first, second);
    EXPECT_LT(std::stoull(first), 1ull << 53) << "exact in JavaScript";
    EXPECT_EQ(acks("c", first), "{\"acks\":{\"" + first + "\":false}}");
}

TEST(HecSource, wants_settings_that_make_sense) {
    FakeHouse house;
    Registry registry;
    register_all(registry);
    const auto make = [&](std::multimap<std::string, std::string> values) {
        return registry.find("hec")->make({"hec", "vedette.yml:9", std::move(values)},
                                          house.context("hec"));
    };
    EXPECT_TRUE(make({{"listen", "127.0.0.1:0"}, {"indexer_ack", "true"}}));
    const auto source = make({{"indexer_ack", "yes"}});
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().where, "vedette.yml:9");
    EXPECT_FALSE(make({{"listen", "0.0.0.0:8088"}}));
}

}  // namespace
}  // namespace vedette::source::hec
