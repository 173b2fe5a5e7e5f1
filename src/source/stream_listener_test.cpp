// SPDX-License-Identifier: Apache-2.0
#include "source/stream_listener.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "source/syslog/stream.h"
#include "tests/sources_support/fake_sink.h"
#include "tests/sources_support/network_clients.h"

namespace vedette::source {
namespace {

using tests::Certificates;
using tests::FakeHouse;
using tests::TcpClient;
using tests::TlsClient;
using tests::wait_until;

/// A listener for lines.
struct Listening {
    explicit Listening(FakeHouse& house_in, StreamListenerSettings settings = {})
        : house(house_in),
          listener(
              [&] {
                  if (settings.listen.empty()) settings.listen = "127.0.0.1:0";
                  return settings;
              }(),
              house.context("net"), std::make_shared<SenderFormats>(house.formats, ""),
              [this] {
                  return std::make_unique<syslog::MessageStream>(syslog::MessageFraming::recognised,
                                                                 longer);
              }) {
        const auto started = listener.start();
        EXPECT_TRUE(started) << started.error().message();
    }
    TcpClient client(const char* from = "127.0.0.1") { return TcpClient(listener.port(), from); }
    std::uint64_t number(const std::string& metric, const std::string& more = "") {
        return house.counters.number(metric, "source=\"net\"" + more);
    }
    bool has(std::size_t count) {
        return wait_until([&] { return house.sink.record_count() >= count; });
    }

    FakeHouse& house;
    std::atomic<std::uint64_t> longer{0};
    StreamListener listener;
};

std::vector<std::string> numbered(const std::string& name, int count) {
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) out.push_back(name + "-" + std::to_string(i));
    return out;
}
std::string lines(const std::vector<std::string>& records) {
    std::string out;
    for (const std::string& record : records) out += record + "\n";
    return out;
}

TEST(StreamListener, brings_what_is_sent_with_the_address_of_its_sender) {
    FakeHouse house;
    Listening net(house);
    TcpClient one = net.client(), two = net.client("127.0.0.2");
    one.send("<1>a\n<2>b\n");
    ASSERT_TRUE(net.has(2));
    two.send("{\"c\":1}\n");
    ASSERT_TRUE(net.has(3));
    const auto chunks = house.sink.chunks();
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{"<1>a", "<2>b", "{\"c\":1}"}));
    EXPECT_EQ(chunks.front().envelope.source, "net");
    EXPECT_EQ(chunks.front().envelope.origin, "127.0.0.1");
    EXPECT_EQ(chunks.front().envelope.format, "text");
    EXPECT_EQ(chunks.back().envelope.origin, "127.0.0.2");
    EXPECT_EQ(chunks.back().envelope.format, "json");
    EXPECT_EQ(chunks.back().envelope.format_version, 3);
    EXPECT_GT(chunks.back().envelope.arrival.unix_ns, 0);
}

TEST(StreamListener, counts_the_records_of_a_sender_over_its_connections) {
    FakeHouse house;
    Listening net(house);
    for (int i = 0; i < 5; ++i) {
        TcpClient client = net.client();
        client.send("one\ntwo\n");
        ASSERT_TRUE(net.has(static_cast<std::size_t>(2 * i + 2)));
    }
    EXPECT_GE(house.sink.chunks().back().envelope.first_line, 8u);
}

TEST(StreamListener, offers_again_what_found_no_room_or_was_failed_and_doubles_nothing) {
    FakeHouse house;
    house.sink.fail(40, 40);
    Listening net(house);
    TcpClient client = net.client();
    const auto sent = numbered("record", 300);
    for (std::size_t i = 0; i < sent.size(); i += 10) {
        client.send(lines({sent.begin() + static_cast<std::ptrdiff_t>(i),
                           sent.begin() + static_cast<std::ptrdiff_t>(i) + 10}));
        wait_until([&] { return false; }, 3);
    }
    ASSERT_TRUE(net.has(sent.size()));
    net.listener.stop();
    EXPECT_EQ(house.sink.records(), sent);
}

TEST(StreamListener, stops_reading_while_the_journal_takes_nothing_and_loses_nothing) {
    FakeHouse house;
    house.sink.take_only(0);
    Listening net(house);
    TcpClient client = net.client();
    std::vector<std::string> sent =
        numbered("a-record-of-some-length-so-that-buffers-fill", 1'000'000);
    const std::string bytes = lines(sent);
    const std::size_t taken = client.send_until_full(bytes);
    EXPECT_LT(taken, bytes.size());
    EXPECT_EQ(house.sink.record_count(), 0u);
    EXPECT_GT(net.number("vedette_source_waits_total"), 0u);
    house.sink.take_only(std::nullopt);
    EXPECT_TRUE(client.send(std::string_view(bytes).substr(taken)));
    ASSERT_TRUE(net.has(sent.size()));
    EXPECT_EQ(house.sink.records(), sent);
}

TEST(StreamListener, gathers_while_a_chunk_is_on_its_way) {
    FakeHouse house;
    house.sink.hold(true);
    Listening net(house);
    TcpClient client = net.client();
    const auto sent = numbered("x", 500);
    for (const std::string& record : sent) client.send(record + "\n");
    ASSERT_TRUE(wait_until([&] { return net.house.sink.offers() == 1; }));
    wait_until([&] { return false; }, 50);
    EXPECT_EQ(house.sink.offers(), 1u);
    house.sink.hold(false);
    ASSERT_TRUE(net.has(sent.size()));
    EXPECT_EQ(house.sink.records(), sent);
    EXPECT_LT(house.sink.chunks().size(), 20u);
}

/// What the kernel holds for a connection of ours to the listener's port.
std::size_t unread_bytes(std::uint16_t port) {
    std::ifstream table("/proc/net/tcp");
    std::ostringstream local;
    local << " 0100007F:" << std::hex << std::uppercase << port << " 0100007F:";
    for (std::string line; std::getline(table, line);) {
        if (line.find(local.str()) == std::string::npos) continue;
        std::istringstream words(line);
        std::string word;
        for (int i = 0; i < 5; ++i) words >> word;  // sl, local, remote, state, tx:rx
        return std::stoul(word.substr(word.find(':') + 1), nullptr, 16);
    }
    return 0;
}

TEST(StreamListener, leaves_plain_bytes_in_the_kernel_until_they_are_durable) {
    FakeHouse house;
    house.sink.hold(true);
    Listening net(house);
    TcpClient client = net.client();
    client.send("one\ntwo\n");
    ASSERT_TRUE(wait_until([&] { return house.sink.offers() == 1; }));
    EXPECT_EQ(unread_bytes(net.listener.port()), 8u);
    client.send("three\n");
    ASSERT_TRUE(wait_until([&] { return unread_bytes(net.listener.port()) == 14; }));
    house.sink.hold(false);
    ASSERT_TRUE(net.has(3));
    EXPECT_TRUE(wait_until([&] { return unread_bytes(net.listener.port()) == 0; }));
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{"one", "two", "three"}));
}

TEST(StreamListener, brings_a_message_longer_than_what_it_reads_at_once) {
    FakeHouse house;
    StreamListenerSettings settings;
    settings.waiting_bytes_max = 1'000;
    Listening net(house, settings);
    TcpClient client = net.client();
    const std::string longer(100'000, 'x');
    client.send("<1>" + longer + "\n100003 <2>" + longer + "<3>c\n");
    ASSERT_TRUE(net.has(3));
    EXPECT_EQ(house.sink.records(),
              (std::vector<std::string>{"<1>" + longer, "<2>" + longer, "<3>c"}));
}

TEST(StreamListener, keeps_the_half_message_of_a_sender_that_is_gone) {
    FakeHouse house;
    Listening net(house);
    TcpClient closed = net.client(), reset = net.client();
    closed.send("<1>whole\n<2>half");
    closed.close();
    ASSERT_TRUE(net.has(2));
    reset.send("99 <3>half");
    ASSERT_TRUE(wait_until([&] { return house.counters.stage("source net").bytes == 16 + 10; }));
    reset.reset();
    ASSERT_TRUE(net.has(3));
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{"<1>whole", "<2>half", "<3>half"}));
    EXPECT_EQ(net.number("vedette_source_unfinished_messages_total"), 2u);
    EXPECT_TRUE(wait_until([&] { return net.number("vedette_source_connections_open") == 0; }));
}

TEST(StreamListener, keeps_half_of_its_places_for_other_senders) {
    FakeHouse house;
    StreamListenerSettings settings;
    settings.connections_max = 4;
    Listening net(house, settings);
    std::vector<TcpClient> kept;
    for (const char* from : {"127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.2"}) {
        kept.push_back(net.client(from));
        kept.back().send("hello\n");
        ASSERT_TRUE(net.has(kept.size()));
    }
    for (const char* from : {"127.0.0.1", "127.0.0.2", "127.0.0.3"}) {
        EXPECT_TRUE(net.client(from).is_closed_by_server());
    }
    EXPECT_EQ(net.number("vedette_source_connections_refused_total", ",reason=\"too_many\""), 3u);
    kept[0].close();
    ASSERT_TRUE(wait_until([&] { return net.number("vedette_source_connections_open") == 3; }));
    TcpClient next = net.client("127.0.0.3");
    next.send("hello\n");
    EXPECT_TRUE(net.has(5));
}

TEST(StreamListener, lets_in_only_allowed_networks) {
    FakeHouse house;
    StreamListenerSettings settings;
    settings.allowed = *AllowedPeers::read({"127.0.0.2/31", "fd00::/8"}, "here");
    Listening net(house, settings);
    EXPECT_TRUE(net.client("127.0.0.1").is_closed_by_server());
    TcpClient allowed = net.client("127.0.0.3");
    allowed.send("hello\n");
    EXPECT_TRUE(net.has(1));
    EXPECT_EQ(net.number("vedette_source_connections_refused_total", ",reason=\"not_allowed\""),
              1u);
}

TEST(StreamListener, ends_connections_that_are_silent_between_or_inside_messages) {
    FakeHouse house;
    StreamListenerSettings settings;
    settings.idle_timeout_ms = 200;
    settings.unfinished_timeout_ms = 100;
    Listening net(house, settings);
    TcpClient idle = net.client(), unfinished = net.client();
    idle.send("whole\n");
    unfinished.send("half");
    EXPECT_TRUE(idle.is_closed_by_server());
    EXPECT_TRUE(unfinished.is_closed_by_server());
    ASSERT_TRUE(net.has(2));
    EXPECT_EQ(net.number("vedette_source_timeouts_total"), 2u);
}

TEST(StreamListener, hands_over_what_it_has_when_it_stops) {
    FakeHouse house;
    house.sink.hold(true);
    Listening net(house);
    TcpClient client = net.client();
    client.send("one\ntwo\nhal");
    ASSERT_TRUE(wait_until([&] { return house.counters.stage("source net").bytes == 11; }));
    std::thread stopping([&] { net.listener.stop(); });
    house.sink.hold(false);
    stopping.join();
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{"one", "two", "hal"}));
    EXPECT_EQ(house.counters.stage("source net").dropped, 0u);
}

TEST(StreamListener, reads_what_lies_in_the_kernel_before_it_stops) {
    FakeHouse house;
    house.sink.hold(true);
    Listening net(house);
    TcpClient client = net.client();
    client.send("one\n");
    ASSERT_TRUE(wait_until([&] { return house.sink.offers() == 1; }));
    client.send("two\nthr");
    ASSERT_TRUE(wait_until([&] { return unread_bytes(net.listener.port()) == 11; }));
    std::thread stopping([&] { net.listener.stop(); });
    wait_until([&] { return false; }, 20);
    client.send("ee\nfour\n");
    house.sink.hold(false);
    stopping.join();
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{"one", "two", "three", "four"}));
}

TEST(StreamListener, stops_though_a_sender_goes_on_sending) {
    FakeHouse house;
    Listening net(house);
    std::atomic<bool> must_end{false};
    std::thread sending([&] {
        TcpClient client = net.client();
        while (!must_end && client.send("a record of a sender that does not stop\n")) continue;
    });
    ASSERT_TRUE(net.has(100));
    net.listener.stop();
    must_end = true;
    sending.join();
    EXPECT_EQ(house.counters.stage("source net").dropped, 0u);
    EXPECT_EQ(net.number("vedette_source_connections_open"), 0u);
}

TEST(StreamListener, counts_what_a_stop_could_not_hand_over) {
    FakeHouse house;
    house.sink.take_only(0);
    StreamListenerSettings settings;
    settings.stop_timeout_ms = 100;
    Listening net(house, settings);
    TcpClient client = net.client();
    client.send("one\ntwo\n");
    ASSERT_TRUE(wait_until([&] { return net.number("vedette_source_waits_total") > 0; }));
    net.listener.stop();
    EXPECT_EQ(net.number("vedette_source_dropped_total", ",reason=\"stopping\""), 2u);
    EXPECT_EQ(house.counters.stage("source net").dropped, 2u);
    EXPECT_EQ(house.sink.record_count(), 0u);
}

TEST(StreamListener, keeps_the_order_of_every_one_of_many_senders) {
    FakeHouse house;
    house.sink.fail(10, 0);
    Listening net(house);
    constexpr int kSenders = 20, kRecords = 500;
    std::vector<std::thread> threads;
    for (int sender = 0; sender < kSenders; ++sender) {
        threads.emplace_back([&, sender] {
            TcpClient client = net.client(("127.0.1." + std::to_string(sender + 1)).c_str());
            for (const auto& record : numbered("s" + std::to_string(sender), kRecords)) {
                client.send(record + "\n");
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_TRUE(net.has(kSenders * kRecords));
    std::map<std::string, std::vector<std::string>> by_sender;
    for (const std::string& record : house.sink.records()) {
        by_sender[record.substr(0, record.find('-'))].push_back(record);
    }
    for (int sender = 0; sender < kSenders; ++sender) {
        const std::string name = "s" + std::to_string(sender);
        EXPECT_EQ(by_sender[name], numbered(name, kRecords));
    }
}

TEST(StreamListener, listens_on_both_versions_of_the_address) {
    FakeHouse house;
    StreamListenerSettings settings;
    settings.listen = "*:0";
    Listening net(house, settings);
    net.client().send("over four\n");
    ASSERT_TRUE(net.has(1));
    EXPECT_EQ(house.sink.chunks().front().envelope.origin, "127.0.0.1");
    auto six = tests::connected_over_v6(SOCK_STREAM, net.listener.port());
    if (!six.is_open()) GTEST_SKIP() << "this machine has no IPv6";
    TcpClient(std::move(six)).send("over six\n");
    ASSERT_TRUE(net.has(2));
    EXPECT_EQ(house.sink.chunks().back().envelope.origin, "::1");
}

TEST(StreamListener, says_why_it_cannot_listen) {
    FakeHouse house;
    Listening net(house);
    for (const std::string& listen :
         {std::string("nonsense"), "127.0.0.1:" + std::to_string(net.listener.port())}) {
        StreamListenerSettings settings;
        settings.listen = listen;
        StreamListener other(settings, house.context("other"),
                             std::make_shared<SenderFormats>(house.formats, ""), nullptr);
        EXPECT_FALSE(other.start()) << listen;
    }
}

StreamListenerSettings with_tls(const Certificates& certificates, bool is_mutual) {
    StreamListenerSettings settings;
    settings.tls.certificate_path = certificates.certificate("server");
    settings.tls.key_path = certificates.key("server");
    if (is_mutual) settings.tls.client_ca_path = certificates.certificate("authority");
    return settings;
}

TEST(StreamListenerTls, serves_TLS_from_1_2_on_and_nothing_older) {
    const Certificates certificates;
    FakeHouse house;
    auto settings = with_tls(certificates, false);
    settings.handshake_timeout_ms = 300;
    Listening net(house, settings);
    TcpClient silent = net.client();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client(net.listener.port(), certificates, "", version);
        ASSERT_TRUE(client.is_connected());
        client.send("<1>secret\n");
        client.close();
    }
    ASSERT_TRUE(net.has(2));
    EXPECT_FALSE(TlsClient(net.listener.port(), certificates, "", TLS1_1_VERSION).is_connected());
    TcpClient plain = net.client();
    plain.send("<1>not secret\n");
    plain.receive(1000);
    EXPECT_TRUE(silent.is_closed_by_server());
    EXPECT_EQ(net.number("vedette_source_timeouts_total"), 1u);
    EXPECT_EQ(net.number("vedette_source_connections_refused_total", ",reason=\"handshake\""), 2u);
    net.listener.stop();
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{"<1>secret", "<1>secret"}));
}

TEST(StreamListenerTls, lets_in_only_clients_whose_certificate_the_authority_signed) {
    const Certificates certificates;
    FakeHouse house;
    Listening net(house, with_tls(certificates, true));
    TlsClient known(net.listener.port(), certificates, "client");
    ASSERT_TRUE(known.is_connected());
    known.send("known\n");
    ASSERT_TRUE(net.has(1));
    for (const std::string name : {"", "stranger"}) {
        // With TLS 1.3 a client learns only from its first read that it was refused.
        TlsClient client(net.listener.port(), certificates, name);
        client.send("unknown\n");
        EXPECT_EQ(client.receive(1), "");
    }
    // A client knows that it was refused before the listener has counted it.
    EXPECT_TRUE(wait_until([&] {
        return net.number("vedette_source_connections_refused_total", ",reason=\"handshake\"") == 2;
    }));
    net.listener.stop();
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{"known"}));
}

TEST(StreamListenerTls, brings_much_over_TLS_while_the_journal_refuses_now_and_then) {
    const Certificates certificates;
    FakeHouse house;
    house.sink.fail(20, 20);
    Listening net(house, with_tls(certificates, false));
    TlsClient client(net.listener.port(), certificates, "");
    const auto sent = numbered("record-over-tls", 100'000);
    EXPECT_TRUE(client.send(lines(sent)));
    client.close();
    ASSERT_TRUE(net.has(sent.size()));
    net.listener.stop();
    EXPECT_EQ(house.sink.records(), sent);
}

TEST(StreamListenerTls, refuses_files_that_cannot_work) {
    const Certificates certificates;
    FakeHouse house;
    const auto good = with_tls(certificates, true).tls;
    for (const StreamTlsSettings& tls :
         {StreamTlsSettings{"/nonexistent", good.key_path, ""},
          StreamTlsSettings{good.certificate_path, "/nonexistent", ""},
          StreamTlsSettings{good.certificate_path, certificates.key("client"), ""},
          StreamTlsSettings{good.certificate_path, good.key_path, "/nonexistent"},
          StreamTlsSettings{good.certificate_path, good.key_path, good.key_path}}) {
        StreamListenerSettings settings;
        settings.listen = "127.0.0.1:0";
        settings.tls = tls;
        StreamListener listener(settings, house.context("net"),
                                std::make_shared<SenderFormats>(house.formats, ""), nullptr);
        const auto started = listener.start();
        ASSERT_FALSE(started) << tls.certificate_path << tls.key_path << tls.client_ca_path;
        EXPECT_EQ(started.error().code, base::ErrorCode::bad_input);
    }
}

}  // namespace
}  // namespace vedette::source
