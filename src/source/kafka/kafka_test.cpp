// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "event/batch.h"
#include "event/limits.h"
#include "event/told.h"
#include "source/kafka/position.h"
#include "source/registry.h"
#include "tests/sources_support/fake_sink.h"
#include "tests/sources_support/mock_kafka.h"

namespace vedette::source {
namespace {

using tests::FakeHouse;
using tests::MockKafka;
using tests::wait_until;
using Settings = std::multimap<std::string, std::string>;
using Texts = std::vector<std::string>;

base::Result<std::unique_ptr<Source>> make(const Settings& settings, SourceContext context) {
    Registry registry;
    register_all(registry);
    return registry.find("kafka")->make({"kafka", "vedette.yml:3", settings}, std::move(context));
}

Texts numbered(const std::string& prefix, int from, int to) {
    Texts out;
    for (int i = from; i < to; ++i) out.push_back(prefix + std::to_string(i));
    return out;
}

Texts sorted(Texts texts) {
    std::sort(texts.begin(), texts.end());
    return texts;
}

/// One life of a source with a journal of its own.
struct Life {
    Life(const MockKafka& kafka, Settings settings, std::map<std::string, std::string> positions) {
        settings.emplace("brokers", kafka.brokers());
        if (settings.count("topics") == 0) settings.emplace("topics", "logs");
        settings.emplace("session_timeout_ms", "6000");
        auto made = make(settings, house.context("k", std::move(positions)));
        EXPECT_TRUE(made) << made.error().message();
        source = std::move(*made);
    }
    explicit Life(const MockKafka& kafka, Settings settings = {})
        : Life(kafka, std::move(settings), std::map<std::string, std::string>{}) {}
    ~Life() { stop(); }
    Life& start() {
        const auto started = source->start();
        EXPECT_TRUE(started) << started.error().message();
        return *this;
    }
    void stop() {
        if (source) source->stop();
        source.reset();
    }
    bool has(std::size_t records) {
        return wait_until([&] { return house.sink.record_count() >= records; });
    }
    std::uint64_t number(const std::string& name) {
        return house.counters.number(name, "source=\"k\"");
    }
    /// What a restart would be given.
    std::map<std::string, std::string> positions() const {
        std::map<std::string, std::string> out;
        for (const event::Chunk& chunk : house.sink.chunks())
            out[chunk.envelope.origin] = chunk.position;
        return out;
    }

    FakeHouse house;
    std::unique_ptr<Source> source;
};

TEST(KafkaSource, takes_the_messages_of_every_partition_in_order_and_tells_what_came_with_them) {
    MockKafka kafka;
    kafka.create("logs", 3);
    for (int p = 0; p < 3; ++p)
        kafka.send("logs", p, numbered("p" + std::to_string(p) + "-", 0, 50));
    kafka.send("logs", 1,
               std::vector<MockKafka::Sent>{{"{\"a\":1}", "the key", false, {{"trace", "t1"}}}});
    Life life(kafka);
    life.start();
    ASSERT_TRUE(life.has(151));
    std::map<std::string, Texts> by_origin;
    for (const event::Chunk& chunk : life.house.sink.chunks()) {
        const auto split = event::split_told(chunk.envelope.context, chunk.record_count());
        ASSERT_TRUE(split);
        EXPECT_EQ(chunk.envelope.source, "k");
        EXPECT_GT(chunk.envelope.arrival.unix_ns, 0);
        for (std::size_t i = 0; i < chunk.record_count(); ++i) {
            by_origin[chunk.envelope.origin].emplace_back(chunk.record(i));
            const std::size_t width = split->told.names.size();
            const std::string* const told = &split->told.values[i * width];
            EXPECT_EQ(told[0] + "/" + told[1], chunk.envelope.origin);
            if (chunk.record(i) != "{\"a\":1}") continue;
            EXPECT_EQ(Texts(told + 2, told + 3), Texts{"50"});
            EXPECT_EQ(told[4], "the key");
            EXPECT_EQ(told[5], "trace: t1");
            EXPECT_GT(split->told.times_ns[i], 1'600'000'000'000'000'000);
        }
    }
    EXPECT_EQ(by_origin["logs/0"], numbered("p0-", 0, 50));
    EXPECT_EQ(by_origin["logs/2"], numbered("p2-", 0, 50));
    EXPECT_TRUE(wait_until([&] { return kafka.committed("vedette", "logs", 1) == 51; }));
}

TEST(KafkaSource, goes_on_at_the_journalled_place_although_the_broker_knows_of_none) {
    MockKafka kafka;
    kafka.create("logs", 2);
    kafka.send("logs", 0, numbered("a", 0, 30));
    Life first(kafka);
    first.start();
    ASSERT_TRUE(first.has(30));
    first.stop();
    kafka.send("logs", 0, numbered("a", 30, 40));
    kafka.send("logs", 1, numbered("b", 0, 5));
    Life second(kafka, {{"group", "another"}}, first.positions());
    second.start();
    ASSERT_TRUE(second.has(15));
    EXPECT_EQ(sorted(second.house.sink.records()),
              sorted({"a30", "a31", "a32", "a33", "a34", "a35", "a36", "a37", "a38", "a39", "b0",
                      "b1", "b2", "b3", "b4"}));
}

TEST(KafkaSource, begins_where_the_group_stands_when_nothing_is_journalled_and_that_is_further) {
    MockKafka kafka;
    kafka.create("logs", 1);
    kafka.send("logs", 0, numbered("a", 0, 30));
    Life first(kafka);
    first.start();
    ASSERT_TRUE(first.has(30));
    first.stop();
    ASSERT_EQ(kafka.committed("vedette", "logs", 0), 30);
    kafka.send("logs", 0, numbered("a", 30, 33));
    Life without(kafka);
    without.start();
    ASSERT_TRUE(without.has(3));
    EXPECT_EQ(without.house.sink.records(), (Texts{"a30", "a31", "a32"}));
    without.stop();
    kafka.send("logs", 0, numbered("a", 33, 35));
    Life behind(kafka, {}, first.positions());
    behind.start();
    ASSERT_TRUE(behind.has(2));
    EXPECT_EQ(behind.house.sink.records(), (Texts{"a33", "a34"})) << "another member read the rest";
}

TEST(KafkaSource, loses_nothing_and_keeps_the_order_when_there_is_no_room_and_the_journal_fails) {
    MockKafka kafka;
    kafka.create("logs", 2);
    Life life(kafka);
    life.house.sink.fail(30, 30);
    life.start();
    for (int round = 0; round < 10; ++round) {
        kafka.send("logs", 0, numbered("a", round * 50, round * 50 + 50));
        kafka.send("logs", 1, numbered("b", round * 50, round * 50 + 50));
    }
    ASSERT_TRUE(life.has(1'000));
    Texts a, b;
    for (const std::string& record : life.house.sink.records())
        (record[0] == 'a' ? a : b).push_back(record);
    EXPECT_EQ(a, numbered("a", 0, 500));
    EXPECT_EQ(b, numbered("b", 0, 500));
    EXPECT_TRUE(wait_until([&] { return kafka.committed("vedette", "logs", 0) == 500; }));
}

TEST(KafkaSource, pauses_and_stays_in_bounds_while_there_is_no_room) {
    MockKafka kafka;
    kafka.create("logs", 3);
    Texts large;
    for (int i = 0; i < 40; ++i) large.push_back(std::to_string(i) + std::string(100'000, 'x'));
    for (int p = 0; p < 3; ++p) kafka.send("logs", p, large);
    Life life(kafka);
    life.house.sink.take_only(0);
    life.start();
    const auto& held = life.house.counters.stage("source k").queue_depth;
    ASSERT_TRUE(wait_until([&] { return held > 3 * 2'000'000; }));
    // Offers go on being refused meanwhile; what is held stays at two chunks a partition and what a
    // turn of the loop adds.
    const std::size_t offers = life.house.sink.offers();
    ASSERT_TRUE(wait_until([&] { return life.house.sink.offers() > offers + 10; }));
    EXPECT_LT(held, 3u * 4'000'000);
    EXPECT_EQ(life.house.sink.record_count(), 0u);
    EXPECT_EQ(life.number("vedette_kafka_partitions"), 3u);
    life.house.sink.take_only(std::nullopt);
    ASSERT_TRUE(life.has(120));
    ASSERT_TRUE(wait_until([&] { return held == 0; }));
    EXPECT_EQ(life.house.sink.record_count(), 120u);
    EXPECT_EQ(life.number("vedette_kafka_repeated_total"), 0u);
}

TEST(KafkaSource, hands_partitions_over_to_another_member_of_the_group_without_loss_or_doubles) {
    MockKafka kafka;
    kafka.create("logs", 4);
    Life one(kafka), two(kafka);
    one.start();
    const auto send = [&](int from, int to) {
        for (int p = 0; p < 4; ++p)
            kafka.send("logs", p, numbered(std::to_string(p) + "-", from, to));
    };
    send(0, 100);
    // The mock cluster refuses commits while members join; no real coordinator was to be had to
    // compare.
    for (int p = 0; p < 4; ++p) {
        ASSERT_TRUE(wait_until([&] { return kafka.committed("vedette", "logs", p) == 100; }));
    }
    two.start();
    ASSERT_TRUE(wait_until([&] {
        return one.number("vedette_kafka_partitions") == 2 &&
               two.number("vedette_kafka_partitions") == 2;
    }));
    send(100, 200);
    ASSERT_TRUE(wait_until(
        [&] { return one.house.sink.record_count() + two.house.sink.record_count() >= 800; }));
    EXPECT_GT(two.house.sink.record_count(), 0u);
    one.stop();
    send(200, 300);
    ASSERT_TRUE(wait_until(
        [&] { return one.house.sink.record_count() + two.house.sink.record_count() >= 1'200; }));
    Texts got = one.house.sink.records();
    for (const std::string& record : two.house.sink.records()) got.push_back(record);
    Texts wanted;
    for (int p = 0; p < 4; ++p) {
        for (const std::string& name : numbered(std::to_string(p) + "-", 0, 300))
            wanted.push_back(name);
    }
    EXPECT_EQ(sorted(got), sorted(wanted));
}

TEST(KafkaSource, goes_on_when_a_broker_that_went_comes_back) {
    MockKafka kafka;
    kafka.create("logs", 1);
    kafka.send("logs", 0, numbered("a", 0, 10));
    Life life(kafka);
    life.start();
    ASSERT_TRUE(life.has(10));
    kafka.set_down(1);
    ASSERT_TRUE(wait_until([&] { return life.house.counters.stage("source k").errors > 0; }));
    kafka.set_up(1);
    kafka.send("logs", 0, numbered("a", 10, 20));
    ASSERT_TRUE(life.has(20));
    EXPECT_EQ(life.house.sink.records(), numbered("a", 0, 20));
}

TEST(KafkaSource, starts_and_stops_while_no_broker_is_there) {
    MockKafka kafka;
    kafka.create("logs", 1);
    kafka.set_down(1);
    Life life(kafka);
    life.start();
    ASSERT_TRUE(wait_until([&] { return life.house.counters.stage("source k").errors > 0; }));
    life.stop();
    EXPECT_EQ(life.house.sink.record_count(), 0u);
    kafka.set_up(1);
}

TEST(KafkaSource, keeps_long_messages_in_parts_and_goes_on_in_the_middle_of_one) {
    MockKafka kafka;
    kafka.create("logs", 1);
    std::string value;
    for (int i = 0; value.size() < 3'500'000; ++i) value += std::to_string(i) + ",";
    kafka.send("logs", 0, Texts{"before", value, "after"});
    Life first(kafka);
    first.house.sink.take_only(2);  // "before", perhaps with the first part, and one chunk more
    first.start();
    ASSERT_TRUE(wait_until([&] { return first.house.sink.chunks().size() == 2; }));
    first.stop();
    Life second(kafka, {{"group", "another"}}, first.positions());
    second.start();
    ASSERT_TRUE(wait_until([&] {
        const Texts got = second.house.sink.records();
        return !got.empty() && got.back() == "after";
    }));
    std::string joined;
    std::size_t parts = 0;
    for (Life* life : {&first, &second}) {
        for (const event::Chunk& chunk : life->house.sink.chunks()) {
            for (std::size_t i = 0; i < chunk.record_count(); ++i) {
                if (chunk.record(i) == "before" || chunk.record(i) == "after") continue;
                joined += chunk.record(i);
                parts += chunk.flags.at(i) == event::kRowPartOfLonger ? 1 : 0;
            }
        }
    }
    EXPECT_EQ(joined, value);
    EXPECT_EQ(parts, 4u);
}

TEST(KafkaSource, passes_over_tombstones_and_counts_them) {
    MockKafka kafka;
    kafka.create("logs", 1);
    kafka.send("logs", 0,
               std::vector<MockKafka::Sent>{
                   {"one"}, {"", "k", true}, {"", "k"}, {"two"}, {"", "k", true}});
    Life life(kafka);
    life.start();
    ASSERT_TRUE(life.has(2));
    ASSERT_TRUE(wait_until([&] { return life.number("vedette_kafka_empty_total") == 3; }));
    EXPECT_EQ(life.house.sink.records(), (Texts{"one", "two"}));
}

TEST(KafkaSource, opens_every_compression) {
    MockKafka kafka;
    kafka.create("logs", 1);
    int from = 0;
    for (const char* const codec : {"none", "gzip", "snappy", "lz4", "zstd"}) {
        std::vector<MockKafka::Sent> messages;
        for (const std::string& text :
             numbered("the same words again and again ", from, from + 200))
            messages.push_back({text});
        kafka.send("logs", 0, messages, codec);
        from += 200;
    }
    Life life(kafka);
    life.start();
    ASSERT_TRUE(life.has(1'000));
    EXPECT_EQ(life.house.sink.records(), numbered("the same words again and again ", 0, 1'000));
}

TEST(KafkaSource, takes_lines_of_messages_where_that_is_asked_for) {
    MockKafka kafka;
    kafka.create("logs", 1);
    kafka.send("logs", 0, Texts{"one\ntwo\r\n", "\n", "three"});
    Life life(kafka, {{"records", "lines"}, {"format", "text"}});
    life.start();
    ASSERT_TRUE(life.has(3));
    EXPECT_EQ(life.house.sink.records(), (Texts{"one", "two", "three"}));
}

TEST(KafkaSource, begins_at_the_end_if_told_and_knows_that_place_after_a_restart) {
    MockKafka kafka;
    kafka.create("logs", 1);
    kafka.send("logs", 0, numbered("old", 0, 10));
    Life first(kafka, {{"start", "end"}});
    first.start();
    // The place is journalled before anything comes.
    ASSERT_TRUE(wait_until([&] { return first.house.sink.chunks().size() == 1; }));
    EXPECT_EQ(kafka::decode_position(first.positions().at("logs/0"))->next_offset, 10);
    first.stop();
    kafka.send("logs", 0, Texts{"while we were away"});
    Life second(kafka, {{"start", "end"}, {"group", "another"}}, first.positions());
    second.start();
    ASSERT_TRUE(second.has(1));
    EXPECT_EQ(second.house.sink.records(), Texts{"while we were away"});
}

TEST(KafkaSource, reads_a_topic_that_was_made_anew_from_its_beginning_and_tells) {
    MockKafka kafka;
    kafka.create("logs", 1);
    kafka.send("logs", 0, numbered("a", 0, 10));
    Life life(kafka, {}, {{"logs/0", kafka::encode_position({500, 0, "text"})}});
    life.start();
    ASSERT_TRUE(life.has(10));
    EXPECT_EQ(life.house.sink.records(), numbered("a", 0, 10));
    EXPECT_EQ(life.number("vedette_kafka_places_lost_total"), 1u);
}

TEST(KafkaSource, counts_what_the_retention_removed_before_it_was_read) {
    MockKafka kafka;
    kafka.create("logs", 1);
    Texts large;
    for (int i = 0; i < 100; ++i) large.push_back(std::to_string(i) + std::string(100'000, 'x'));
    kafka.send("logs", 0, large);  // the cluster keeps 5 MB of it
    Life life(kafka, {}, {{"logs/0", kafka::encode_position({3, 0, "text"})}});
    life.start();
    ASSERT_TRUE(wait_until([&] {
        const Texts got = life.house.sink.records();
        return !got.empty() && got.back() == large.back();
    }));
    const std::uint64_t gone = life.number("vedette_kafka_messages_gone_total");
    EXPECT_GT(gone, 0u);
    EXPECT_EQ(life.house.sink.record_count() + gone + 3, 100u);
}

TEST(KafkaSource, finds_topics_that_fit_a_pattern_and_come_later) {
    MockKafka kafka;
    kafka.create("audit-web", 1);
    kafka.create("other", 1);
    kafka.send("other", 0, Texts{"not asked for"});
    kafka.send("audit-web", 0, Texts{"one"});
    Life life(kafka, {{"topics", "^audit-.*"}, {"topics_look_ms", "200"}});
    life.start();
    ASSERT_TRUE(life.has(1));
    kafka.create("audit-mail", 2);
    kafka.send("audit-mail", 1, Texts{"two"});
    ASSERT_TRUE(life.has(2));
    EXPECT_EQ(life.house.sink.records(), (Texts{"one", "two"}));
}

TEST(KafkaSource, counts_how_far_each_partition_is_behind) {
    MockKafka kafka;
    kafka.create("logs", 1);
    kafka.send("logs", 0, numbered("a", 0, 5));
    Life life(kafka);
    life.start();
    ASSERT_TRUE(life.has(5));
    auto& lag = life.house.counters.number("vedette_kafka_lag",
                                           "source=\"k\",topic=\"logs\",partition=\"0\"");
    life.house.sink.hold(true);
    kafka.send("logs", 0, numbered("a", 5, 12));
    EXPECT_TRUE(wait_until([&] { return lag == 7; }));
    life.house.sink.hold(false);
    EXPECT_TRUE(wait_until([&] { return lag == 0; }));
}

TEST(KafkaSource, refuses_settings_that_cannot_be_with_words_for_a_person) {
    FakeHouse house;
    const auto error_of = [&](Settings settings, bool is_late = false) {
        if (settings.count("brokers") == 0) settings.emplace("brokers", "127.0.0.1:1");
        if (settings.count("topics") == 0) settings.emplace("topics", "t");
        auto made = make(settings, house.context("k"));
        if (!is_late) return made ? std::string("none") : made.error().message();
        if (!made) return "early: " + made.error().message();
        const auto started = (*made)->start();
        return started ? std::string("none") : started.error().message();
    };
    EXPECT_NE(error_of({{"format", "no-such"}}).find("no format named no-such"), std::string::npos);
    EXPECT_NE(error_of({{"records", "words"}}).find("message or lines"), std::string::npos);
    EXPECT_NE(error_of({{"start", "now"}}).find("beginning or end"), std::string::npos);
    EXPECT_NE(error_of({{"security", "tls"}}).find("sasl_ssl"), std::string::npos);
    EXPECT_NE(error_of({{"session_timeout_ms", "1s"}}).find("whole number"), std::string::npos);
    EXPECT_NE(error_of({{"sasl_password_file", "/nonexistent"}}).find("/nonexistent"),
              std::string::npos);
    EXPECT_NE(
        error_of({{"security", "ssl"}, {"tls_ca", "/nonexistent"}}, true).find("certificates"),
        std::string::npos);
    EXPECT_NE(error_of({{"topics", "^("}}, true).find("topics"), std::string::npos);
    EXPECT_EQ(error_of({{"security", "sasl_ssl"},
                        {"sasl_mechanism", "SCRAM-SHA-256"},
                        {"sasl_username", "u"},
                        {"sasl_password", "p"}},
                       true),
              "none");
}

}  // namespace
}  // namespace vedette::source
