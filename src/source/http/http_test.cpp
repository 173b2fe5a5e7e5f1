// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/files.h"
#include "source/registry.h"
#include "tests/sources_support/fake_sink.h"

namespace vedette::source {
namespace {

using tests::FakeHouse;
using tests::wait_until;

base::Result<std::unique_ptr<Source>> make(FakeHouse& house,
                                           std::multimap<std::string, std::string> values) {
    Registry registry;
    register_all(registry);
    return registry.find("http")->make({"http", "vedette.yml:9", std::move(values)},
                                       house.context("http"));
}

TEST(HttpSource, refuses_to_let_the_whole_network_write_without_tokens) {
    FakeHouse house;
    for (const std::string listen : {"*:9200", "0.0.0.0:0", "192.0.2.1:9200"}) {
        const auto source = make(house, {{"listen", listen}});
        ASSERT_FALSE(source) << listen;
        EXPECT_EQ(source.error().code, base::ErrorCode::bad_input);
        EXPECT_EQ(source.error().where, "vedette.yml:9");
        EXPECT_NE(source.error().hint.find("tokens"), std::string::npos);
    }
    EXPECT_TRUE(make(house, {{"listen", "127.0.0.1:0"}}));
    EXPECT_TRUE(make(house, {{"listen", "0.0.0.0:0"}, {"tokens", "a:" + std::string(64, '0')}}));
}

TEST(HttpSource, tells_which_setting_cannot_be_used) {
    FakeHouse house;
    EXPECT_FALSE(make(house, {{"listen", "nonsense"}}));
    EXPECT_FALSE(make(house, {{"tls_key", "/x"}}));
    EXPECT_FALSE(make(house, {{"tokens", "bad"}}));
    EXPECT_FALSE(make(house, {{"token_file", "/nonexistent"}}));
    EXPECT_FALSE(make(house, {{"token_file", "/dev/null"}}));
    EXPECT_FALSE(make(house, {{"body_mb_max", "0"}}));
    EXPECT_FALSE(make(house, {{"body_mb_max", "1000"}}));
    EXPECT_TRUE(make(house, {{"body_mb_max", "5"}}));
}

int connected(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
}

/// A port nobody listens on just now.
std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    socklen_t size = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

TEST(HttpSource, takes_nothing_of_a_body_whose_sender_died_in_the_middle) {
    FakeHouse house;
    const std::uint16_t port = free_port();
    auto source = make(house, {{"listen", "127.0.0.1:" + std::to_string(port)}});
    ASSERT_TRUE(source);
    ASSERT_TRUE((*source)->start());
    const std::string body = "{\"index\":{\"_index\":\"i\",\"_id\":\"1\"}}\n{\"x\":1}\n";
    const std::string head =
        "POST /_bulk HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n";
    for (std::size_t cut = 0; cut < body.size(); cut += 7) {
        const int fd = connected(port);
        const std::string bytes = head + body.substr(0, cut);
        EXPECT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
        ::close(fd);
    }
    const int fd = connected(port);
    const std::string bytes = head + body;
    ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    char answer[4096];
    EXPECT_GT(::recv(fd, answer, sizeof answer, 0), 0);
    EXPECT_NE(std::string(answer, 17).find("200"), std::string::npos);
    ::close(fd);
    (*source)->stop();
    EXPECT_EQ(house.sink.records(), (std::vector<std::string>{"{\"x\":1}"}));
}

}  // namespace
}  // namespace vedette::source
