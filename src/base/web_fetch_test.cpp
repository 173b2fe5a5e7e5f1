// SPDX-License-Identifier: Apache-2.0
#include "base/web_fetch.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "base/files.h"
#include "base/http_server.h"

namespace vedette::base {
namespace {

struct Fetched {
    Result<HttpResponseHead> head;
    std::string body;
    std::string told() const {
        return head ? std::to_string(head->status)
                    : std::string(name(head.error().code)) + ": " + head.error().text;
    }
};

Fetched fetch(const std::string& url, WebFetchOptions options = {}) {
    std::string body;
    auto head = web_fetch(url, options, [&](std::string_view piece) {
        body.append(piece);
        return Result<void>();
    });
    return {std::move(head), std::move(body)};
}

/// Listens on a free port and answers one connection after the other with fixed bytes.
class RawServer {
  public:
    RawServer(std::string answer, bool stays) : answer_(std::move(answer)), stays_(stays) {
        listener_ = OwnedFd(::socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(listener_.get(), 8), 0);
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/feed";
        thread_ = std::thread([this] {
            for (;;) {
                OwnedFd peer(::accept(listener_.get(), nullptr, nullptr));
                if (!peer.is_open()) return;
                char request[4'096];
                static_cast<void>(::recv(peer.get(), request, sizeof request, 0));
                static_cast<void>(::send(peer.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL));
                // Until the client has gone.
                if (stays_) static_cast<void>(::recv(peer.get(), request, sizeof request, 0));
            }
        });
    }
    ~RawServer() {
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
    }
    const std::string& url() const { return url_; }

  private:
    const std::string answer_;
    const bool stays_;
    OwnedFd listener_;
    std::string url_;
    std::thread thread_;
};

class WebFetch : public testing::Test {
  protected:
    void SetUp() override {
        HttpServerSettings settings;
        settings.listen = "127.0.0.1:0";
        server_ = std::make_unique<HttpServer>(
            settings, HttpHandlers{[this](HttpRequest request, const HttpResponder& respond) {
                seen_.push_back(request);
                respond(answer(request));
            }});
        ASSERT_TRUE(server_->start());
    }
    HttpResponse answer(const HttpRequest& request) {
        const std::string port = std::to_string(server_->port());
        if (request.path == "/feed" && request.header("if-none-match") == "\"v1\"")
            return {304, "", "", {}, false};
        if (request.path == "/feed")
            return {200, "192.0.2.1\n", "text/plain", {{"ETag", "\"v1\""}}, false};
        if (request.path == "/loop") return {302, "", "", {{"Location", "/loop"}}, false};
        if (request.path == "/near/start")
            return {302, "away", "", {{"Location", "../feed"}}, false};
        if (request.path == "/start") return {301, "away", "", {{"Location", "feed"}}, false};
        if (request.path == "/other")
            return {302, "", "", {{"Location", "http://localhost:" + port + "/feed"}}, false};
        if (request.path == "/tls")
            return {302, "", "", {{"Location", "https://127.0.0.1:" + port + "/feed"}}, false};
        if (request.path == "/file")
            return {302, "", "", {{"Location", "file:///etc/passwd"}}, false};
        if (request.path == "/large")
            return {200, std::string(2'000'000, 'x'), "text/plain", {}, false};
        return {404, "nothing here", "text/plain", {}, false};
    }
    std::string url(const std::string& path) {
        return "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    }

    std::vector<HttpRequest> seen_;
    std::unique_ptr<HttpServer> server_;
};

TEST_F(WebFetch, gives_the_body_and_what_the_server_says_of_it) {
    const Fetched fetched = fetch(url("/feed"));
    ASSERT_TRUE(fetched.head) << fetched.told();
    EXPECT_EQ(fetched.head->header("etag"), "\"v1\"");
    EXPECT_EQ(fetched.body, "192.0.2.1\n");
    WebFetchOptions options;
    options.headers = {{"If-None-Match", "\"v1\""}};
    EXPECT_EQ(fetch(url("/feed"), options).told(), "304");
    const Fetched missing = fetch(url("/missing"));
    EXPECT_EQ(missing.told(), "404");
    EXPECT_EQ(missing.body, "") << "what comes with an error is no feed";
}

TEST_F(WebFetch, follows_redirects_within_bounds_and_never_to_another_scheme) {
    const Fetched fetched = fetch(url("/start"));
    EXPECT_EQ(fetched.told(), "200");
    EXPECT_EQ(fetched.body, "192.0.2.1\n");
    seen_.clear();
    EXPECT_EQ(fetch(url("/loop")).told(), "bad_input: more than 5 redirects");
    EXPECT_EQ(seen_.size(), 6u);
    EXPECT_EQ(fetch(url("/tls")).told(), "denied: redirected to another scheme");
    EXPECT_EQ(fetch(url("/file")).told(), "bad_input: a URL of http or https belongs here");
}

TEST_F(WebFetch, sends_secrets_to_the_first_origin_alone) {
    WebFetchOptions options;
    options.secret_headers = {{"Auth-Key", "geheim"}};
    EXPECT_EQ(fetch(url("/start"), options).told(), "200");
    ASSERT_EQ(seen_.size(), 2u);
    EXPECT_EQ(seen_[1].header("auth-key"), "geheim") << "the same host";
    seen_.clear();
    EXPECT_EQ(fetch(url("/other"), options).told(), "200");
    ASSERT_EQ(seen_.size(), 2u);
    EXPECT_EQ(seen_[0].header("auth-key"), "geheim");
    EXPECT_EQ(seen_[1].header("auth-key"), "");
}

TEST_F(WebFetch, stops_at_its_bounds) {
    WebFetchOptions options;
    options.body_bytes_max = 1'000'000;
    EXPECT_EQ(fetch(url("/large"), options).head.error().code, ErrorCode::limit);
    std::atomic<bool> is_cancelled = true;
    options.is_cancelled = &is_cancelled;
    EXPECT_EQ(fetch(url("/feed"), options).head.error().code, ErrorCode::cancelled);
}

TEST(WebFetchOfBadServers, believes_no_answer_that_is_not_whole) {
    const auto code = [](const std::string& answer) {
        const RawServer server(answer, false);
        const Fetched fetched = fetch(server.url());
        return fetched.head ? "taken" : std::string(name(fetched.head.error().code));
    };
    EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), "taken");
    EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"), "unavailable");
    EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc"), "bad_input");
    EXPECT_EQ(code("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
              "unavailable");
    EXPECT_EQ(code("HTTP/1.1 200 OK\r\n\r\nabc"), "bad_input") << "nobody can see where it ends";
    EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Encoding: gzip\r\n\r\nabc"),
              "bad_input");
    EXPECT_EQ(code("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), "bad_input");
    EXPECT_EQ(code(""), "unavailable");
    EXPECT_EQ(code("SSH-2.0-x\r\n\r\n"), "bad_input");
    EXPECT_EQ(code(std::string(1'000'000, 'a')), "limit");
}

TEST(WebFetchOfBadServers, waits_no_longer_than_it_was_told) {
    const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", true);
    WebFetchOptions options;
    options.idle_timeout_ms = 300;
    EXPECT_EQ(fetch(server.url(), options).head.error().code, ErrorCode::timeout);
    options.idle_timeout_ms = 30'000;
    options.total_timeout_ms = 400;
    EXPECT_EQ(fetch(server.url(), options).head.error().code, ErrorCode::timeout);
    EXPECT_NE(fetch("https" + server.url().substr(4), options).head.error().code,
              ErrorCode::bad_input);
}

TEST(WebUrl, is_taken_apart_and_put_together) {
    const auto url = parse_web_url("https://feeds.example:8443/a/b?x=1#top");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->origin(), "https://feeds.example:8443");
    EXPECT_EQ(url->target, "/a/b?x=1");
    EXPECT_EQ(parse_web_url("http://[2001:db8::1]/x")->origin(), "http://[2001:db8::1]:80");
    EXPECT_EQ(parse_web_url("http://feeds.example?x")->target, "/?x");
    for (const auto wrong :
         {"", "ftp://a/", "http://", "http:///x", "http://a b/", "http://bob:x@feeds.example/",
          "http://a:0/", "http://a:99999/", "http://a:x/", "http://a/\r\nX: y"}) {
        EXPECT_FALSE(parse_web_url(wrong)) << wrong;
    }
    const auto next = [&](std::string_view location) {
        const auto made = resolve_web_url(*url, location);
        return made ? made->origin() + made->target : "-";
    };
    EXPECT_EQ(next("/c"), "https://feeds.example:8443/c");
    EXPECT_EQ(next("c?y"), "https://feeds.example:8443/a/c?y");
    EXPECT_EQ(next("//other.example/c"), "https://other.example:443/c");
    EXPECT_EQ(next("http://other.example/c"), "http://other.example:80/c");
    EXPECT_EQ(next("javascript://x"), "-");
    EXPECT_EQ(next("/c?u=http://x"), "https://feeds.example:8443/c?u=http://x");
}

}  // namespace
}  // namespace vedette::base
