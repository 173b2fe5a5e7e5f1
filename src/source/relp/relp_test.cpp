// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "source/relp/conversation.h"
#include "source/stream_listener.h"
#include "tests/sources_support/fake_sink.h"
#include "tests/sources_support/network_clients.h"

namespace vedette::source::relp {
namespace {

using tests::FakeHouse;
using tests::TcpClient;
using tests::wait_until;

std::string relp_frame(int transaction, const std::string& command, const std::string& data) {
    return std::to_string(transaction) + " " + command + " " + std::to_string(data.size()) +
           (data.empty() ? "" : " " + data) + "\n";
}

struct Listening {
    explicit Listening(FakeHouse& house, StreamListenerSettings settings = {})
        : listener(
              [&] {
                  settings.listen = "127.0.0.1:0";
                  return settings;
              }(),
              house.context("net"), std::make_shared<SenderFormats>(house.formats, ""),
              [this] { return std::make_unique<Conversation>(longer, broken); }) {
        EXPECT_TRUE(listener.start());
    }
    /// A client that has opened.
    TcpClient opened() {
        TcpClient client(listener.port());
        client.send("1 open 14 relp_version=0\n");
        const std::string size = client.receive(std::string("1 rsp 84").size());
        const std::string head = "1 rsp ";
        EXPECT_EQ(size.substr(0, head.size()), head);
        client.receive(std::stoul(size.substr(head.size())) + 2);
        return client;
    }

    std::atomic<std::uint64_t> longer{0}, broken{0};
    StreamListener listener;
};

std::string relp_ok(int transaction) { return relp_frame(transaction, "rsp", "200 OK"); }

TEST(RelpSource, answers_when_a_message_is_durable) {
    FakeHouse house;
    house.sink.hold(true);
    Listening net(house);
    TcpClient client = net.opened();
    client.send(relp_frame(2, "syslog", "<1>a"));
    pollfd wait{client.fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&wait, 1, 200), 0);
    house.sink.hold(false);
    EXPECT_EQ(client.receive(relp_ok(2).size()), relp_ok(2));
    EXPECT_EQ(house.sink.records(), std::vector<std::string>{"<1>a"});
    EXPECT_EQ(house.sink.chunks().front().envelope.origin, "127.0.0.1");
}

TEST(RelpSource, waits_instead_of_answering_500_when_there_is_no_room_or_the_journal_fails) {
    FakeHouse house;
    house.sink.fail(50, 50);
    Listening net(house);
    TcpClient client = net.opened();
    std::string answers;
    for (int i = 2; i < 202; ++i) {
        client.send(relp_frame(i, "syslog", "record-" + std::to_string(i)));
        answers += relp_ok(i);
    }
    EXPECT_EQ(client.receive(answers.size()), answers);
    EXPECT_EQ(house.sink.record_count(), 200u);
}

TEST(RelpSource, keeps_what_it_answered_when_the_sender_is_gone_and_takes_a_repeat_again) {
    FakeHouse house;
    house.sink.hold(true);
    Listening net(house);
    {
        TcpClient client = net.opened();
        client.send(relp_frame(2, "syslog", "<1>a"));
        ASSERT_TRUE(wait_until([&] { return house.sink.offers() == 1; }));
        client.reset();
    }
    house.sink.hold(false);
    TcpClient again = net.opened();
    again.send(relp_frame(2, "syslog", "<1>a"));
    EXPECT_EQ(again.receive(relp_ok(2).size()), relp_ok(2));
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{"<1>a", "<1>a"}));
}

TEST(RelpSource, closes_after_the_last_answer) {
    FakeHouse house;
    Listening net(house);
    TcpClient client = net.opened();
    client.send(relp_frame(2, "syslog", "<1>a") + relp_frame(3, "close", ""));
    const std::string wanted = relp_ok(2) + relp_ok(3) + "0 serverclose 0\n";
    EXPECT_EQ(client.receive(wanted.size()), wanted);
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST(RelpSource, answers_what_it_took_before_it_stops_and_says_goodbye) {
    FakeHouse house;
    house.sink.hold(true);
    Listening net(house);
    TcpClient client = net.opened();
    client.send(relp_frame(2, "syslog", "<1>a") + "3 syslog 9 half");
    ASSERT_TRUE(wait_until([&] { return house.sink.offers() == 1; }));
    std::thread stopping([&] { net.listener.stop(); });
    house.sink.hold(false);
    const std::string wanted = relp_ok(2) + "0 serverclose 0\n";
    EXPECT_EQ(client.receive(wanted.size()), wanted);
    EXPECT_TRUE(client.is_closed_by_server());
    client.close();
    stopping.join();
    EXPECT_EQ(house.sink.records(), std::vector<std::string>{"<1>a"});
    EXPECT_EQ(house.counters.stage("source net").dropped, 0u);
}

TEST(RelpSource, cuts_off_who_does_not_read_its_answers) {
    FakeHouse house;
    StreamListenerSettings settings;
    settings.write_timeout_ms = 300;
    Listening net(house, settings);
    TcpClient client = net.opened();
    std::string many;
    for (int i = 0; i < 100'000; ++i) many += relp_frame(2, "unknown", "");
    while (client.send(many, 2'000)) continue;
    EXPECT_TRUE(wait_until([&] {
        return house.counters.number("vedette_source_connections_open", "source=\"net\"") == 0;
    }));
}

TEST(RelpSource, ends_the_connection_of_whoever_speaks_something_else) {
    FakeHouse house;
    Listening net(house);
    TcpClient client(net.listener.port());
    client.send("<13>plain syslog\n");
    EXPECT_EQ(client.receive(1'000), "0 serverclose 0\n");
    EXPECT_EQ(net.broken, 1u);
    EXPECT_EQ(house.sink.record_count(), 0u);
}

}  // namespace
}  // namespace vedette::source::relp
