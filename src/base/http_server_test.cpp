// SPDX-License-Identifier: Apache-2.0
#include "base/http_server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <thread>

#include "tests/support/raw_http.h"

namespace vedette::base {
namespace {

using namespace tests;
using Client = tests::RawClient;

TEST(HttpServer, answers_requests_one_after_the_other_on_one_connection) {
    Running running(echo());
    Client client = running.client();
    for (int i = 0; i < 3; ++i) {
        client.send(post("/a/b?c=d", "body" + std::to_string(i)));
        const std::string answer = client.receive();
        EXPECT_TRUE(has(answer, "HTTP/1.1 200 OK\r\n"));
        EXPECT_TRUE(has(answer, "Connection: keep-alive"));
        EXPECT_TRUE(has(answer, "POST /a/b?c=d body" + std::to_string(i)));
    }
    EXPECT_EQ(running.server.counters().requests, 3u);
}

TEST(HttpServer, joins_chunked_bodies) {
    Running running(echo());
    Client client = running.client();
    client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    client.send("1;ext=1\r\n \r\n5\r\nworld\r\n0\r\nTrailer: y\r\n\r\n");
    EXPECT_TRUE(has(client.receive(), "hello world"));
    client.send(post("/", "again"));
    EXPECT_TRUE(has(client.receive(), "again"));
}

TEST(HttpServer, answers_pipelined_requests_in_order) {
    Running running(echo());
    Client client = running.client();
    std::string all;
    for (int i = 0; i < 50; ++i) all += post("/", "number" + std::to_string(i) + ".");
    client.send(all);
    for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(has(client.receive(), "number" + std::to_string(i) + "."));
    }
}

TEST(HttpServer, reads_a_request_that_comes_byte_by_byte) {
    Running running(echo());
    Client client = running.client();
    for (const char byte : post("/slow", "abc")) client.send({&byte, 1});
    EXPECT_TRUE(has(client.receive(), "POST /slow? abc"));
}

TEST(HttpServer, leaves_the_body_out_when_asked_with_HEAD) {
    Running running(echo());
    Client client = running.client();
    client.send("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(has(client.receive(true), "Content-Length: 9\r\n"));
    client.send("GET /y HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(has(client.receive(), "GET /y? "));
}

TEST(HttpServer, closes_after_HTTP_1_0_and_after_Connection_close) {
    Running running(echo());
    for (const std::string request :
         {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"}) {
        Client client = running.client();
        client.send(request);
        EXPECT_TRUE(has(client.receive(), "Connection: close"));
        EXPECT_TRUE(client.is_closed_by_server());
    }
}

TEST(HttpServer, answers_a_sender_that_closed_its_side) {
    Running running(echo());
    Client client = running.client();
    client.send(post("/", "last words"));
    client.half_close();
    EXPECT_TRUE(has(client.receive(), "last words"));
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST(HttpServer, says_go_on_before_an_expected_body) {
    Running running(echo());
    Client client = running.client();
    client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 4\r\n\r\n");
    EXPECT_TRUE(has(client.receive(), "HTTP/1.1 100 Continue\r\n\r\n"));
    client.send("body");
    EXPECT_TRUE(has(client.receive(), "body"));
    client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nContent-Length: 4\r\n\r\n");
    EXPECT_TRUE(has(client.receive(), "HTTP/1.1 417 "));
}

TEST(HttpServer, refuses_what_is_not_a_request) {
    Running running(echo());
    for (const std::string request : {
             "\x16\x03\x01 hello tls\r\n\r\n",
             "GET\r\n\r\n",
             "GET / HTTP/9.9\r\n\r\n",
             "GET / HTTP/1.1\r\nHost x\r\n\r\n",
             "GET / HTTP/1.1\r\n bad: fold\r\n\r\n",
             "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
             "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
             "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
             "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
             "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
         }) {
        Client client = running.client();
        client.send(request);
        EXPECT_TRUE(has(client.receive(), "HTTP/1.1 4")) << request;
        EXPECT_TRUE(client.is_closed_by_server()) << request;
    }
    Client client = running.client();
    client.send(post("/", "still alive"));
    EXPECT_TRUE(has(client.receive(), "still alive"));
}

TEST(HttpServer, gives_a_large_answer_whole) {
    Running running({[](HttpRequest, HttpResponder respond) {
        respond({200, std::string(10u << 20, 'y'), "text/plain"});
    }});
    Client client = running.client();
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string answer = client.receive();
    EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 10u << 20);
}

TEST(HttpServer, takes_answers_later_and_from_other_threads) {
    Gate gate;
    std::vector<std::thread> late;
    std::mutex mutex;
    Running running({[&](HttpRequest request, HttpResponder respond) {
        const std::lock_guard lock(mutex);
        late.emplace_back([&gate, body = request.body, respond] {
            EXPECT_TRUE(gate.wait());
            respond({201, body});
        });
    }});
    Client first = running.client(), second = running.client();
    first.send(post("/", "one"));
    second.send(post("/", "two"));
    EXPECT_FALSE(first.has_bytes_within_ms(50));
    gate.open();
    EXPECT_TRUE(has(first.receive(), "one"));
    EXPECT_TRUE(has(second.receive(), "two"));
    for (std::thread& thread : late) thread.join();
}

TEST(HttpServer, says_500_when_a_handler_forgets_its_sender) {
    Running running({[](HttpRequest, HttpResponder) {}});
    Client client = running.client();
    client.send(post("/", "?"));
    EXPECT_TRUE(has(client.receive(), "HTTP/1.1 500 "));
}

TEST(HttpServer, asks_whether_to_go_on_before_it_reads_the_body) {
    HttpHandlers handlers = echo();
    handlers.refuse = [](const HttpRequest& head) -> std::optional<HttpResponse> {
        if (head.header("authorization") == "Bearer good") return std::nullopt;
        return HttpResponse{401, "who are you?"};
    };
    Running running(handlers);
    Client stranger = running.client();
    stranger.send(post("/", std::string(5u << 20, 'z')));
    EXPECT_TRUE(has(stranger.receive(), "who are you?"));
    Client friendly = running.client();
    friendly.send(post("/", "hello", "Authorization: Bearer good\r\n"));
    EXPECT_TRUE(has(friendly.receive(), "hello"));
    EXPECT_EQ(running.server.counters().requests, 1u);
}

TEST(HttpRequest, decodes_paths_and_parameters) {
    HttpRequest request;
    request.path = "/logs%2F1//_bulk/";
    request.query = "a=1&b=x+y%41&flag&c=%zz%2";
    EXPECT_EQ(request.path_parts(), (std::vector<std::string>{"logs/1", "_bulk"}));
    EXPECT_EQ(request.parameter("b"), "x yA");
    EXPECT_EQ(request.parameter("flag"), "");
    EXPECT_EQ(request.parameter("c"), "%zz%2");
    EXPECT_EQ(request.parameter("none"), std::nullopt);
}

}  // namespace
}  // namespace vedette::base
