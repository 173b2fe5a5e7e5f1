// SPDX-License-Identifier: Apache-2.0
// Where a server listens, and TLS.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/http_server.h"
#include "tests/support/raw_http.h"
#include "tests/support/temporary_folder.h"

namespace vedette::base {
namespace {

using namespace tests;
using Client = tests::RawClient;

TEST(HttpServer, listens_on_a_unix_socket_that_only_its_owner_may_use) {
    const TemporaryFolder folder;
    const std::string path = folder / "socket";
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

/// A self-signed certificate, made as an operator would.
struct Certificate {
    Certificate() {
        const std::string command =
            "openssl req -x509 -newkey ec -pkeyopt "
            "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
            "-keyout " +
            key() + " -out " + file() + " 2>/dev/null";
        made = std::system(command.c_str()) == 0;
    }
    std::string key() const { return folder / "key.pem"; }
    std::string file() const { return folder / "certificate.pem"; }
    TemporaryFolder folder;
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
