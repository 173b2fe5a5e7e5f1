// SPDX-License-Identifier: Apache-2.0
// What a server does not take, whom it does not wait for, and how it stops.
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <thread>

#include "base/http_server.h"
#include "tests/support/raw_http.h"

namespace vedette::base {
namespace {

using namespace tests;
using Client = tests::RawClient;

TEST(HttpServer, refuses_what_is_too_large) {
    Running running(echo(), {.listen = {}, .header_bytes_max = 2'000, .body_bytes_max = 1'000});
    Client header = running.client();
    header.send("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(100'000, 'a') + "\r\n\r\n");
    EXPECT_TRUE(has(header.receive(), "HTTP/1.1 431 "));
    Client endless = running.client();
    endless.send("GET /" + std::string(50'000, 'a'));
    EXPECT_TRUE(has(endless.receive(), "HTTP/1.1 431 "));
    Client body = running.client();
    body.send(post("/", std::string(1'001, 'b')));
    EXPECT_TRUE(has(body.receive(), "HTTP/1.1 413 "));
    Client chunked = running.client();
    chunked.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 3; ++i) chunked.send("190\r\n" + std::string(400, 'c') + "\r\n");
    EXPECT_TRUE(has(chunked.receive(), "HTTP/1.1 413 "));
    Client exact = running.client();
    exact.send(post("/", std::string(1'000, 'b')));
    EXPECT_TRUE(has(exact.receive(), "HTTP/1.1 200 "));
}

TEST(HttpServer, takes_a_body_of_64_MB) {
    std::atomic<std::size_t> sum{0};
    Running running({[&](HttpRequest request, HttpResponder respond) {
        for (const char c : request.body) sum += static_cast<std::size_t>(c == 'x');
        respond({});
    }});
    Client client = running.client();
    client.send(post("/", std::string(64u << 20, 'x')));
    EXPECT_TRUE(has(client.receive(), "200 OK"));
    EXPECT_EQ(sum, 64u << 20);
}

TEST(HttpServer, sends_connections_over_the_limit_away_and_recovers) {
    Running running(echo(), {.listen = {}, .connections_max = 3});
    {
        std::vector<Client> clients;
        for (int i = 0; i < 3; ++i) {
            clients.push_back(running.client());
            clients.back().send(post("/", "in"));
            EXPECT_TRUE(has(clients.back().receive(), "in"));
        }
        Client fourth = running.client();
        fourth.send(post("/", "me too"));
        EXPECT_TRUE(has(fourth.receive(), "HTTP/1.1 503 "));
    }
    for (int i = 0; i < 1'000; ++i) {
        Client again = running.client();
        again.send(post("/", "now?"));
        if (has(again.receive(), "now?")) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    FAIL() << "places of closed connections were not given back";
}

TEST(HttpServer, cuts_off_who_is_too_slow) {
    Running running(
        echo(),
        {.listen = {}, .idle_timeout_ms = 150, .header_timeout_ms = 150, .read_timeout_ms = 150});
    Client idle = running.client(), loris = running.client(), body = running.client();
    loris.send("GET / HTTP/1.1\r\nHo");
    body.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_TRUE(idle.is_closed_by_server());
    EXPECT_TRUE(loris.is_closed_by_server());
    EXPECT_TRUE(body.is_closed_by_server());
    // The stream closes its socket before it tells us.
    while (running.server.counters().timeouts < 3) std::this_thread::yield();
}

TEST(HttpServer, ends_a_header_that_drips_and_a_body_that_drips) {
    Running running(
        echo(),
        {.listen = {}, .header_timeout_ms = 200, .read_timeout_ms = 5'000, .body_timeout_ms = 200});
    const auto drip_until_cut = [&](std::string_view start) {
        Client client = running.client();
        client.send(start);
        for (int i = 0; i < kPatienceMs / 20; ++i) {
            if (client.has_bytes_within_ms(20)) return client.is_closed_by_server();
            client.send("a");
        }
        return false;
    };
    EXPECT_TRUE(drip_until_cut("GET / HTTP/1.1\r\nA: "));
    EXPECT_TRUE(drip_until_cut("POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n"));
}

TEST(HttpServer, reads_no_more_requests_than_it_may_hold) {
    std::mutex mutex;
    std::vector<HttpResponder> waiting;
    const HttpHandlers handlers{[&](HttpRequest request, HttpResponder respond) {
        if (request.body == "quick") return respond({200, "done"});
        const std::lock_guard lock(mutex);
        waiting.push_back(respond);
    }};
    Running running(handlers, {.listen = {}, .requests_in_flight_max = 1});
    Client first = running.client(), second = running.client();
    first.send(post("/", "hold"));
    while (running.server.counters().requests < 1) std::this_thread::yield();
    second.send(post("/", "quick"));
    EXPECT_FALSE(second.has_bytes_within_ms(100));
    waiting.back()({200, "held"});
    EXPECT_TRUE(has(first.receive(), "held"));
    EXPECT_TRUE(has(second.receive(), "done"));
    waiting.clear();

    Running impatient(handlers, {.listen = {}, .requests_in_flight_max = 1, .queue_wait_ms = 100});
    Client third = impatient.client(), fourth = impatient.client();
    third.send(post("/", "hold"));
    while (impatient.server.counters().requests < 1) std::this_thread::yield();
    fourth.send(post("/", "quick"));
    EXPECT_TRUE(has(fourth.receive(), "HTTP/1.1 503 "));
    waiting.back()({200, "held"});
    EXPECT_TRUE(has(third.receive(), "held"));
    waiting.clear();
}

TEST(HttpServer, holds_no_more_body_bytes_than_allowed) {
    std::atomic<std::size_t> held{0}, most{0};
    std::mutex mutex;
    std::vector<std::thread> workers;
    const HttpHandlers handlers{[&](HttpRequest request, HttpResponder respond) {
        const std::lock_guard lock(mutex);
        workers.emplace_back([&, size = request.body.size(), respond] {
            const std::size_t now = held += size;
            std::size_t before = most;
            while (before < now && !most.compare_exchange_weak(before, now)) {
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            held -= size;
            respond({});
        });
    }};
    Running running(handlers, {.listen = {}, .body_bytes_max = 10'000, .bodies_bytes_max = 20'000});
    std::vector<std::thread> senders;
    for (int i = 0; i < 8; ++i) {
        senders.emplace_back([&, i] {
            Client client = running.client();
            for (int n = 0; n < 5; ++n) {
                if (i % 2 == 0) {
                    client.send(post("/", std::string(9'000, 'x')));
                } else {
                    client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2328\r\n" +
                                std::string(9'000, 'x') + "\r\n0\r\n\r\n");
                }
                EXPECT_TRUE(has(client.receive(), "200 OK"));
            }
        });
    }
    for (std::thread& sender : senders) sender.join();
    for (std::thread& worker : workers) worker.join();
    EXPECT_LE(most, 20'000u);
}

TEST(HttpServer, serves_many_connections_at_once) {
    Running running(echo());
    std::vector<Client> clients;
    for (int i = 0; i < 200; ++i) clients.push_back(running.client());
    for (int round = 0; round < 3; ++round) {
        for (Client& client : clients) client.send(post("/", "round" + std::to_string(round)));
        for (Client& client : clients) {
            EXPECT_TRUE(has(client.receive(), "round" + std::to_string(round)));
        }
    }
}

TEST(HttpServer, survives_noise_and_senders_that_vanish) {
    Running running(echo());
    std::mt19937 random(7);
    const std::string whole = post("/some/path?q=1", "a body of some length", "X-Y: z\r\n");
    for (int i = 0; i < 300; ++i) {
        Client client = running.client();
        std::string bytes = whole.substr(0, random() % whole.size());
        for (unsigned n = random() % 4; n > 0 && !bytes.empty(); --n) {
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        client.send(bytes);
    }
    Client client = running.client();
    client.send(post("/", "fine"));
    EXPECT_TRUE(has(client.receive(), "fine"));
}

TEST(HttpServer, lets_begun_requests_finish_when_it_stops) {
    Gate begun, gate;
    std::thread worker;
    Running running({[&](HttpRequest, HttpResponder respond) {
        worker = std::thread([&, respond] {
            begun.open();
            gate.wait();
            respond({200, "made it"});
        });
    }});
    Client client = running.client(), idle = running.client();
    client.send(post("/", "x"));
    ASSERT_TRUE(begun.wait());
    std::thread stopper([&] { running.server.stop(); });
    EXPECT_TRUE(idle.is_closed_by_server());
    gate.open();
    const std::string answer = client.receive();
    EXPECT_TRUE(has(answer, "made it") && has(answer, "Connection: close")) << answer;
    client.half_close();
    stopper.join();
    worker.join();
}

TEST(HttpServer, does_not_wait_for_ever_for_an_answer_when_it_stops) {
    std::optional<HttpResponder> forgotten;
    Gate begun;
    {
        Running running({[&](HttpRequest, HttpResponder respond) {
                            forgotten.emplace(respond);
                            begun.open();
                        }},
                        {.listen = {}, .stop_timeout_ms = 50});
        Client client = running.client(), half = running.client();
        half.send("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab");
        client.send(post("/", "x"));
        ASSERT_TRUE(begun.wait());
        running.server.stop();
        EXPECT_TRUE(client.is_closed_by_server());
        EXPECT_TRUE(half.is_closed_by_server());
    }
    (*forgotten)({200, "too late"});  // goes nowhere, and touches no freed memory
    forgotten.reset();
}

}  // namespace
}  // namespace vedette::base
