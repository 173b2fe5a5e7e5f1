// SPDX-License-Identifier: Apache-2.0
#include "base/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <random>
#include <thread>

#include "base/files.h"

namespace vedette::base {
namespace {

/// Long enough for a loaded machine; a test that gets here has failed.
constexpr int kPatienceMs = 20'000;

/// A sender that does only what it is told.
class Client {
  public:
    explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    explicit Client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void half_close() { ::shutdown(fd_.get(), SHUT_WR); }

    /// Head and body of the next answer; empty when the server closed.
    std::string receive(bool is_head_only = false) {
        std::size_t head_end;
        while ((head_end = pending_.find("\r\n\r\n")) == std::string::npos) {
            if (!read_some()) return std::exchange(pending_, {});
        }
        std::size_t size = head_end + 4;
        const std::size_t length = pending_.find("Content-Length: ");
        if (!is_head_only && length < head_end) size += std::stoul(pending_.substr(length + 16));
        while (pending_.size() < size) {
            if (!read_some()) break;
        }
        const std::string out = pending_.substr(0, size);
        pending_.erase(0, size);
        return out;
    }
    /// Whether the server ends the connection without another byte.
    bool is_closed_by_server() { return pending_.empty() && !read_some(); }
    bool has_bytes_within_ms(int ms) {
        pollfd wait{fd_.get(), POLLIN, 0};
        return !pending_.empty() || ::poll(&wait, 1, ms) > 0;
    }
    int fd() const { return fd_.get(); }

  private:
    bool read_some() {
        char bytes[4096];
        pollfd wait{fd_.get(), POLLIN, 0};
        if (::poll(&wait, 1, kPatienceMs) <= 0) {
            ADD_FAILURE() << "the server is silent";
            return false;
        }
        const ssize_t got = ::recv(fd_.get(), bytes, sizeof bytes, 0);
        if (got <= 0) return false;
        pending_.append(bytes, static_cast<std::size_t>(got));
        return true;
    }

    OwnedFd fd_;
    std::string pending_;
};

std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

/// Gives back what it got: method, path, query and body.
HttpHandlers echo() {
    return {[](HttpRequest request, HttpResponder respond) {
        respond({200,
                 request.method + " " + request.path + "?" + request.query + " " + request.body,
                 "text/plain"});
    }};
}

/// A door that opens once, for handlers that answer late.
class Gate {
  public:
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }
    bool wait() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::milliseconds(kPatienceMs),
                                 [&] { return is_open_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false;
};

struct Running {
    explicit Running(HttpHandlers handlers, HttpServerSettings settings = {})
        : server(
              [&] {
                  if (settings.listen.empty()) settings.listen = "127.0.0.1:0";
                  return settings;
              }(),
              std::move(handlers)) {
        const auto started = server.start();
        EXPECT_TRUE(started) << started.error().message();
    }
    Client client() { return Client(server.port()); }
    HttpServer server;
};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string temporary_folder() {
    std::string path = ::testing::TempDir() + "vedette_http_XXXXXX";
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    return path;
}

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

TEST(HttpServer, listens_on_a_unix_socket_that_only_its_owner_may_use) {
    const std::string path = temporary_folder() + "/socket";
    {
        Running running(echo(), {.listen = "unix:" + path});
        struct stat info {};
        ASSERT_EQ(::stat(path.c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 0777, 0600u);
        Client client(path);
        client.send(post("/", "over unix"));
        EXPECT_TRUE(has(client.receive(), "over unix"));

        HttpServer second({.listen = "unix:" + path}, echo());
        const auto refused = second.start();
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    {
        const int left_over = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        ASSERT_EQ(::bind(left_over, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ::close(left_over);  // as after a kill: the file is there, nobody listens
        Running running(echo(), {.listen = "unix:" + path});
        Client client(path);
        client.send(post("/", "again"));
        EXPECT_TRUE(has(client.receive(), "again"));
    }
    SystemFiles files;
    ASSERT_TRUE(files.open_append(path));
    HttpServer blocked({.listen = "unix:" + path}, echo());
    EXPECT_FALSE(blocked.start());
    EXPECT_TRUE(std::filesystem::exists(path)) << "an ordinary file must never be removed";
}

TEST(HttpServer, tells_why_it_cannot_listen) {
    for (const std::string address :
         {"", "nonsense", "127.0.0.1:", "127.0.0.1:99999", ":80", "::1:80", "127.0.0.1:http"}) {
        HttpServer server({.listen = address}, echo());
        const auto started = server.start();
        ASSERT_FALSE(started) << address;
        EXPECT_EQ(started.error().code, ErrorCode::bad_input) << address;
    }
    Running running(echo());
    HttpServer second({.listen = "127.0.0.1:" + std::to_string(running.server.port())}, echo());
    EXPECT_FALSE(second.start());
}

TEST(HttpServer, knows_which_addresses_stay_on_this_machine) {
    EXPECT_TRUE(is_loopback_address("127.0.0.1:9200").value());
    EXPECT_TRUE(is_loopback_address("127.9.9.9:1").value());
    EXPECT_TRUE(is_loopback_address("[::1]:9200").value());
    EXPECT_TRUE(is_loopback_address("unix:/run/x").value());
    EXPECT_FALSE(is_loopback_address("0.0.0.0:9200").value());
    EXPECT_FALSE(is_loopback_address("*:9200").value());
    EXPECT_FALSE(is_loopback_address("192.0.2.1:9200").value());
    EXPECT_FALSE(is_loopback_address("127.0.0.1"));
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

/// A self-signed certificate, made as an operator would.
struct Certificate {
    Certificate() : folder(temporary_folder()) {
        const std::string command =
            "openssl req -x509 -newkey ec -pkeyopt "
            "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
            "-keyout " +
            key() + " -out " + file() + " 2>/dev/null";
        made = std::system(command.c_str()) == 0;
    }
    std::string key() const { return folder + "/key.pem"; }
    std::string file() const { return folder + "/certificate.pem"; }
    std::string folder;
    bool made = false;
};

/// One request over TLS with at most `version`; the answer, or nothing if there was no handshake.
std::optional<std::string> ask_over_tls(std::uint16_t port, int version, std::string_view request) {
    SSL_CTX* context = ::SSL_CTX_new(TLS_client_method());
    ::SSL_CTX_set_security_level(context, 0);
    ::SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    ::SSL_CTX_set_max_proto_version(context, version);
    SSL* ssl = ::SSL_new(context);
    Client client(port);
    ::SSL_set_fd(ssl, client.fd());
    std::optional<std::string> out;
    if (::SSL_connect(ssl) == 1) {
        out.emplace();
        ::SSL_write(ssl, request.data(), static_cast<int>(request.size()));
        char bytes[4096];
        for (int got; (got = ::SSL_read(ssl, bytes, sizeof bytes)) > 0;) {
            out->append(bytes, static_cast<std::size_t>(got));
        }
    }
    ::SSL_free(ssl);
    ::SSL_CTX_free(context);
    return out;
}

TEST(HttpServerTls, serves_TLS_from_1_2_on_and_nothing_older) {
    const Certificate certificate;
    ASSERT_TRUE(certificate.made);
    Running running(echo(), {.listen = {},
                             .certificate_path = certificate.file(),
                             .key_path = certificate.key(),
                             .handshake_timeout_ms = 300});
    const std::string request = post("/", "secret", "Connection: close\r\n");
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const auto answer = ask_over_tls(running.server.port(), version, request);
        ASSERT_TRUE(answer);
        EXPECT_TRUE(has(*answer, "POST /? secret")) << *answer;
    }
    EXPECT_FALSE(ask_over_tls(running.server.port(), TLS1_1_VERSION, request));
    Client plain = running.client(), silent = running.client();
    plain.send(post("/", "not secret"));
    EXPECT_FALSE(has(plain.receive(), "not secret"));
    EXPECT_TRUE(silent.is_closed_by_server());
}

TEST(HttpServerTls, refuses_certificates_that_cannot_work) {
    const Certificate certificate, other;
    for (const auto& [file, key] :
         std::vector<std::pair<std::string, std::string>>{{certificate.file(), ""},
                                                          {certificate.file(), "/nonexistent"},
                                                          {"/nonexistent", certificate.key()},
                                                          {certificate.key(), certificate.key()},
                                                          {certificate.file(), other.key()}}) {
        HttpServer server({.listen = "127.0.0.1:0", .certificate_path = file, .key_path = key},
                          echo());
        const auto started = server.start();
        ASSERT_FALSE(started) << file << " " << key;
        EXPECT_EQ(started.error().code, ErrorCode::bad_input);
    }
}

}  // namespace
}  // namespace vedette::base
