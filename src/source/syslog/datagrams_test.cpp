// SPDX-License-Identifier: Apache-2.0
#include "source/syslog/datagrams.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "source/syslog/limits.h"
#include "tests/sources_support/fake_sink.h"
#include "tests/sources_support/network_clients.h"

namespace vedette::source::syslog {
namespace {

using tests::FakeHouse;
using tests::UdpClient;
using tests::wait_until;

struct Receiving {
    explicit Receiving(FakeHouse& house_in, DatagramSettings settings = {})
        : house(house_in),
          receiver(
              [&] {
                  if (settings.listen.empty()) settings.listen = "127.0.0.1:0";
                  return settings;
              }(),
              house.context("net"), std::make_shared<SenderFormats>(house.formats, "")) {
        const auto started = receiver.start();
        EXPECT_TRUE(started) << started.error().message();
    }
    UdpClient client(const char* from = "127.0.0.1") { return UdpClient(receiver.port(), from); }
    std::uint64_t dropped(const std::string& reason) {
        return house.counters.number("vedette_source_dropped_total",
                                     "source=\"net\",reason=\"" + reason + "\"");
    }
    std::uint64_t received() {
        return house.counters.number("vedette_source_datagrams_total", "source=\"net\"");
    }
    bool has(std::size_t count) {
        return wait_until([&] { return house.sink.record_count() >= count; });
    }
    /// What the system says was dropped at our port.
    std::uint64_t system_drops() const {
        std::ifstream table("/proc/net/udp");
        std::string line;
        std::ostringstream port;
        port << ":" << std::hex << std::uppercase << receiver.port() << " ";
        while (std::getline(table, line)) {
            if (line.find(port.str()) >= 24) continue;
            return std::stoull(line.substr(line.find_last_of(' ', line.find_last_not_of(' '))));
        }
        ADD_FAILURE() << "our socket is not in /proc/net/udp";
        return 0;
    }

    FakeHouse& house;
    DatagramReceiver receiver;
};

TEST(Datagrams, are_a_message_each_with_the_address_of_their_sender) {
    FakeHouse house;
    Receiving net(house);
    UdpClient one = net.client(), two = net.client("127.0.0.2");
    one.send("<1>a\nwith a line end inside\n");
    ASSERT_TRUE(net.has(1));
    two.send("{\"b\":1}");
    ASSERT_TRUE(net.has(2));
    one.send(std::string("<1>c\0", 5));
    ASSERT_TRUE(net.has(3));
    EXPECT_EQ(house.sink.records(),
              (std::vector<std::string>{"<1>a\nwith a line end inside", "{\"b\":1}", "<1>c"}));
    const auto chunks = house.sink.chunks();
    EXPECT_EQ(chunks[0].envelope.origin, "127.0.0.1");
    EXPECT_EQ(chunks[0].envelope.source, "net");
    EXPECT_EQ(chunks[1].envelope.origin, "127.0.0.2");
    EXPECT_EQ(chunks[1].envelope.format, "json");
    EXPECT_EQ(chunks[2].envelope.first_line, 1u);
}

TEST(Datagrams, come_over_both_versions_of_the_address) {
    FakeHouse house;
    DatagramSettings settings;
    settings.listen = "*:0";
    settings.allowed = *AllowedPeers::read({"127.0.0.0/8", "::1"}, "here");
    Receiving net(house, settings);
    net.client().send("over four");
    ASSERT_TRUE(net.has(1));
    EXPECT_EQ(house.sink.chunks().front().envelope.origin, "127.0.0.1");
    const auto six = tests::connected_over_v6(SOCK_DGRAM, net.receiver.port());
    if (!six.is_open()) GTEST_SKIP() << "this machine has no IPv6";
    ::send(six.get(), "over six", 8, 0);
    ASSERT_TRUE(net.has(2));
    EXPECT_EQ(house.sink.chunks().back().envelope.origin, "::1");
}

TEST(Datagrams, of_the_largest_size_come_whole) {
    FakeHouse house;
    Receiving net(house);
    const std::string large(kDatagramBytesMax, 'x');
    EXPECT_TRUE(net.client().send(large));
    ASSERT_TRUE(net.has(1));
    EXPECT_EQ(house.sink.records().front(), large);
}

TEST(Datagrams, that_are_empty_or_not_allowed_are_counted) {
    FakeHouse house;
    DatagramSettings settings;
    settings.allowed = *AllowedPeers::read({"127.0.0.2"}, "here");
    Receiving net(house, settings);
    net.client().send("<1>a");
    net.client("127.0.0.2").send("");
    net.client("127.0.0.2").send("\n");
    net.client("127.0.0.2").send("<1>b");
    ASSERT_TRUE(net.has(1));
    EXPECT_EQ(house.sink.records(), std::vector<std::string>{"<1>b"});
    EXPECT_EQ(net.dropped("not_allowed"), 1u);
    EXPECT_EQ(net.dropped("empty"), 2u);
    EXPECT_EQ(net.received(), 4u);
    EXPECT_EQ(house.counters.stage("source net").dropped, 3u);
}

TEST(Datagrams, that_found_no_room_are_offered_again_and_none_is_doubled) {
    FakeHouse house;
    house.sink.fail(40, 40);
    Receiving net(house);
    UdpClient client = net.client();
    std::map<std::string, int> counts;
    for (int i = 0; i < 500; ++i) {
        client.send("record-" + std::to_string(i));
        if (i % 25 == 0) wait_until([&] { return false; }, 5);
    }
    ASSERT_TRUE(net.has(500));
    net.receiver.stop();
    for (const std::string& record : house.sink.records()) ++counts[record];
    EXPECT_EQ(counts.size(), 500u);
    EXPECT_EQ(house.sink.record_count(), 500u);
}

// The promise that counts: whatever happened to a datagram, it is in exactly one number.
void flood(std::size_t bytes, bool is_journal_stuck) {
    FakeHouse house;
    if (is_journal_stuck) house.sink.take_only(3);
    DatagramSettings settings;
    settings.receive_buffer_bytes = 256u << 10;
    Receiving net(house, settings);
    constexpr std::uint64_t kSent = 60'000;
    const std::string fill(bytes, 'x');
    std::vector<std::thread> senders;
    for (const char* from : {"127.0.0.1", "127.0.0.2", "127.0.0.3"}) {
        senders.emplace_back([&, from] {
            UdpClient client = net.client(from);
            for (std::uint64_t i = 0; i < kSent / 3; ++i) {
                EXPECT_TRUE(client.send("<1>" + std::to_string(i) + fill));
            }
        });
    }
    for (std::thread& sender : senders) sender.join();
    house.sink.take_only(std::nullopt);
    ASSERT_TRUE(wait_until([&] { return net.received() + net.dropped("buffer_full") == kSent; }))
        << net.received() << " received, " << net.dropped("buffer_full") << " dropped";
    ASSERT_TRUE(net.has(net.received()));
    EXPECT_EQ(house.sink.record_count() + net.dropped("buffer_full"), kSent);
    EXPECT_EQ(net.dropped("buffer_full"), net.system_drops());
    if (is_journal_stuck) {
        EXPECT_GT(net.dropped("buffer_full"), 0u);
    }
    std::map<std::string, std::map<std::string, int>> by_sender;
    for (const event::Chunk& chunk : house.sink.chunks()) {
        for (std::size_t i = 0; i < chunk.record_count(); ++i) {
            EXPECT_EQ(++by_sender[chunk.envelope.origin][std::string(chunk.record(i))], 1);
        }
    }
}

TEST(Datagrams, of_a_flood_are_received_or_counted_to_the_last_one) { flood(40, false); }

TEST(Datagrams, of_a_flood_while_the_journal_takes_nothing_are_counted_too) { flood(600, true); }

TEST(Datagrams, in_the_kernel_and_with_us_are_handed_over_by_a_stop) {
    FakeHouse house;
    house.sink.take_only(0);
    Receiving net(house);
    UdpClient client = net.client();
    for (int i = 0; i < 200; ++i) client.send("<1>" + std::to_string(i));
    std::thread stopping([&] { net.receiver.stop(); });
    house.sink.take_only(std::nullopt);
    stopping.join();
    EXPECT_TRUE(net.has(200));
    EXPECT_EQ(net.dropped("stopping"), 0u);
}

TEST(Datagrams, that_a_stop_could_not_hand_over_are_counted) {
    FakeHouse house;
    house.sink.take_only(0);
    DatagramSettings settings;
    settings.stop_timeout_ms = 100;
    Receiving net(house, settings);
    UdpClient client = net.client();
    for (int i = 0; i < 200; ++i) client.send("<1>" + std::to_string(i));
    net.receiver.stop();
    EXPECT_EQ(net.dropped("stopping"), 200u);
    EXPECT_EQ(house.sink.record_count(), 0u);
}

TEST(Datagrams, are_not_taken_from_a_port_that_is_held) {
    FakeHouse house;
    Receiving net(house);
    DatagramSettings settings;
    settings.listen = "127.0.0.1:" + std::to_string(net.receiver.port());
    DatagramReceiver other(settings, house.context("other"),
                           std::make_shared<SenderFormats>(house.formats, ""));
    EXPECT_FALSE(other.start());
}

}  // namespace
}  // namespace vedette::source::syslog
