// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <snappy.h>

#include <thread>

#include "base/protobuf_wire.h"
#include "event/limits.h"
#include "source/remote_write/limits.h"
#include "source/remote_write/reception.h"
#include "source/remote_write/request_cut.h"
#include "source/remote_write/snappy_block.h"
#include "tests/sources_support/http_answer.h"

namespace vedette::source::remote_write {
namespace {

using base::append_protobuf_bytes;
using base::HttpResponse;
using tests::FakeHouse;
using tests::header_of;
using tests::HttpAsked;
using tests::wait_until;

const std::string kSecretHash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

std::string label_of(std::string_view name, std::string_view value) {
    std::string label, field;
    append_protobuf_bytes(label, 1, name);
    append_protobuf_bytes(label, 2, value);
    append_protobuf_bytes(field, 1, label);
    return field;
}

/// A series named `name` with so many samples, as a field of a request.
std::string series_of(std::string_view name, int samples) {
    std::string series = label_of("__name__", name), field;
    for (int i = 0; i < samples; ++i) {
        std::string sample;
        base::append_protobuf_number(sample, 2, 1'700'000'000'000 + static_cast<unsigned>(i));
        append_protobuf_bytes(series, 2, sample);
    }
    append_protobuf_bytes(field, 1, series);
    return field;
}

std::string packed(const std::string& request) {
    std::string out;
    snappy::Compress(request.data(), request.size(), &out);
    return out;
}

class RemoteWrite : public ::testing::Test {
  protected:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    static HttpAsked asked(std::string body, Headers headers = {},
                           std::string path = "/api/v1/write") {
        const auto add = [&](std::string name, std::string value) {
            for (const auto& [known, unused] : headers) {
                if (known == name) return;
            }
            headers.emplace_back(std::move(name), std::move(value));
        };
        add("content-type", "application/x-protobuf");
        add("content-encoding", "snappy");
        add("x-prometheus-remote-write-version", "0.1.0");
        return HttpAsked{"POST", std::move(path), "", std::move(body), std::move(headers)};
    }
    HttpResponse post(std::string body, Headers headers = {}, std::string path = "/api/v1/write") {
        return asked(std::move(body), std::move(headers), std::move(path)).ask(*reception);
    }

    FakeHouse house;
    std::shared_ptr<Reception> reception =
        std::make_shared<Reception>(house.context("metrics"), Tokens());
};

TEST_F(RemoteWrite, answers_204_when_all_is_durable_and_keeps_the_request_as_it_came) {
    house.sink.hold(true);
    const std::string request = series_of("up", 2) + series_of("load", 1);
    const auto answer = asked(packed(request)).send(*reception);
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_EQ(answer->count(), 0);
    house.sink.hold(false);
    ASSERT_TRUE(wait_until([&] { return answer->count() == 1; }));
    EXPECT_EQ(answer->response().status, 204);
    EXPECT_EQ(answer->response().body, "");
    EXPECT_EQ(house.sink.records(), std::vector<std::string>{request});
    EXPECT_EQ(house.sink.chunks()[0].envelope.format, "prometheus");
    EXPECT_EQ(house.counters.stage("source metrics").sent.load(), 3u) << "samples, not requests";
}

TEST_F(RemoteWrite, takes_a_request_without_samples_and_keeps_nothing_of_it) {
    std::string metadata;
    append_protobuf_bytes(metadata, 3, "about a metric");
    EXPECT_EQ(post(packed(metadata)).status, 204);
    EXPECT_EQ(post(packed("")).status, 204);
    EXPECT_TRUE(house.sink.records().empty());
}

TEST_F(RemoteWrite, answers_503_when_there_is_no_room_so_that_the_sender_tries_again) {
    house.sink.take_only(0);
    const HttpResponse answer = post(packed(series_of("up", 1)));
    EXPECT_EQ(answer.status, 503);
    EXPECT_FALSE(header_of(answer, "Retry-After").empty());
    EXPECT_EQ(house.counters.stage("source metrics").errors.load(), 1u);
}

TEST_F(RemoteWrite, answers_400_to_what_cannot_be_read_so_that_it_is_not_sent_again) {
    EXPECT_EQ(post("no snappy").status, 400);
    EXPECT_EQ(post("").status, 400);
    EXPECT_EQ(post(packed("\x0A\x7F")).status, 400) << "cut off";
    const std::string whole = packed(series_of("up", 100));
    EXPECT_EQ(post(whole.substr(0, whole.size() / 2)).status, 400);
    EXPECT_TRUE(house.sink.records().empty());
}

TEST_F(RemoteWrite, says_which_protocol_it_speaks) {
    const std::string body = packed(series_of("up", 1));
    EXPECT_EQ(post(body, {{"content-type", "application/json"}}).status, 415);
    EXPECT_EQ(post(body, {{"content-encoding", "gzip"}}).status, 415);
    const HttpResponse second = post(
        body, {{"content-type", "application/x-protobuf;proto=io.prometheus.write.v2.Request"}});
    EXPECT_EQ(second.status, 415);
    EXPECT_NE(second.body.find("only remote write 1.0"), std::string::npos) << second.body;
    EXPECT_EQ(post(body, {{"content-type", "application/x-protobuf;proto=prometheus.WriteRequest"}})
                  .status,
              204);
    EXPECT_EQ(post(body, {}, "/api/v1/read").status, 404);
}

TEST_F(RemoteWrite, lets_in_whoever_has_a_token_for_it) {
    Tokens tokens;
    ASSERT_TRUE(tokens.add("plant:" + kSecretHash + ":api=remote_write,source=plant", "test"));
    reception = std::make_shared<Reception>(house.context("metrics"), std::move(tokens));
    const std::string body = packed(series_of("up", 1));
    EXPECT_EQ(post(body).status, 401);
    EXPECT_EQ(post(body, {{"authorization", "Bearer wrong"}}).status, 401);
    EXPECT_EQ(post(body, {{"authorization", "Bearer secret"}}).status, 204);
    EXPECT_EQ(house.sink.chunks()[0].envelope.source, "plant");
}

TEST_F(RemoteWrite, answers_400_where_a_sample_is_too_long_and_keeps_the_others) {
    const std::string large(event::kRecordBytesMax, 'x');
    const HttpResponse answer =
        post(packed(series_of("up", 1) + series_of(large, 1) + series_of("load", 1)));
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("all but 1 samples"), std::string::npos) << answer.body;
    EXPECT_EQ(house.counters.stage("source metrics").sent.load(), 2u);
}

TEST(RemoteWriteSnappy, is_not_made_to_hold_what_a_body_only_claims) {
    std::string block = "\xFF\xFF\xFF\xFF\x0F";  // 4 GiB
    block += "\x08now";
    const auto opened = opened_snappy(block, 1u << 20);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, base::ErrorCode::bad_input);
    const auto limited = opened_snappy(packed(std::string(2u << 20, 'a')), 1u << 20);
    ASSERT_FALSE(limited);
    EXPECT_EQ(limited.error().code, base::ErrorCode::limit);
    EXPECT_EQ(opened_snappy(packed(std::string(2u << 20, 'a')), 4u << 20)->size(), 2u << 20);
}

TEST(RemoteWriteCut, gives_parts_that_are_requests_again_and_loses_no_sample) {
    std::string request;
    for (int i = 0; i < 700; ++i) request += series_of("m" + std::to_string(i), 1 + i % 3);
    request += series_of("long", 5'000);
    RecordChunks chunks(event::Envelope{});
    const auto cut = cut_request(request, chunks);
    ASSERT_TRUE(cut);
    std::size_t records = 0, samples = 0;
    for (const event::Chunk& chunk : chunks.take()) {
        for (std::size_t i = 0; i < chunk.record_count(); ++i, ++records) {
            RecordChunks again(event::Envelope{});
            const auto part = cut_request(chunk.record(i), again);
            ASSERT_TRUE(part);
            EXPECT_LE(part->samples, kPartSamplesMax);
            EXPECT_EQ(again.take()[0].record(0), chunk.record(i)) << "a part is taken whole";
            samples += part->samples;
        }
    }
    EXPECT_EQ(samples, 700u + 699u + 5'000u);
    EXPECT_EQ(cut->samples, samples);
    EXPECT_GE(records, 7u);
    RecordChunks none(event::Envelope{});
    EXPECT_FALSE(cut_request(series_of("many", 200'001), none));
}

}  // namespace
}  // namespace vedette::source::remote_write
