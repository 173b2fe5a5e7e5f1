// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "source/registry.h"
#include "tests/sources_support/fake_sink.h"
#include "tests/sources_support/network_clients.h"

namespace vedette::source {
namespace {

using tests::FakeHouse;

using Values = std::multimap<std::string, std::string>;

base::Result<std::unique_ptr<Source>> make(const std::string& kind, FakeHouse& house,
                                           Values values) {
    Registry registry;
    register_all(registry);
    return registry.find(kind)->make({kind, "vedette.yml:9", std::move(values)},
                                     house.context("net"));
}

TEST(SyslogSource, listens_beyond_this_machine_only_for_senders_it_was_told) {
    const tests::Certificates certificates;
    FakeHouse house;
    const Values tls = {{"tls_certificate", certificates.certificate("server")},
                        {"tls_key", certificates.key("server")}};
    for (const std::string listen : {"udp://0.0.0.0:0", "tcp://*:0", "tls://192.0.2.1:0"}) {
        Values values = tls;
        values.emplace("listen", listen);
        const auto source = make("syslog", house, values);
        ASSERT_FALSE(source) << listen;
        EXPECT_EQ(source.error().where, "vedette.yml:9");
        EXPECT_NE(source.error().hint.find("allow"), std::string::npos);
        values.emplace("allow", "10.0.0.0/8");
        EXPECT_TRUE(make("syslog", house, values)) << listen;
    }
    // A certificate tells more than an address.
    Values mutual = tls;
    mutual.emplace("tls_client_ca", certificates.certificate("authority"));
    mutual.emplace("listen", "tls://0.0.0.0:0");
    EXPECT_TRUE(make("syslog", house, mutual));
    mutual.emplace("listen", "udp://0.0.0.0:0");
    EXPECT_FALSE(make("syslog", house, mutual));
    EXPECT_FALSE(make("relp", house, {{"listen", "0.0.0.0:0"}}));
    EXPECT_TRUE(make("relp", house, {{"listen", "0.0.0.0:0"}, {"allow", "10.1.2.3"}}));
}

TEST(SyslogSource, tells_which_setting_cannot_be_used) {
    FakeHouse house;
    for (const Values& values : std::vector<Values>{{{"listen", "127.0.0.1:514"}},
                                                    {{"listen", "udp://nonsense"}},
                                                    {{"listen", "http://127.0.0.1:1"}},
                                                    {{"listen", "tls://127.0.0.1:0"}},
                                                    {{"framing", "magic"}},
                                                    {{"format", "unheard_of"}},
                                                    {{"allow", "10.0.0.0/33"}},
                                                    {{"tls_key", "/x"}},
                                                    {{"tls_client_ca", "/x"}},
                                                    {{"connections_max", "0"}},
                                                    {{"idle_timeout_s", "many"}},
                                                    {{"receive_buffer_mb", "4096"}}}) {
        const auto source = make("syslog", house, values);
        ASSERT_FALSE(source) << values.begin()->first << " " << values.begin()->second;
        EXPECT_EQ(source.error().code, base::ErrorCode::bad_input);
        EXPECT_NE(source.error().message().size(), 0u);
    }
    EXPECT_TRUE(make("syslog", house, {}));
    EXPECT_TRUE(make("syslog", house, {{"framing", "lines"}, {"format", "json"}}));
    EXPECT_TRUE(make("relp", house, {}));
}

TEST(SyslogSource, says_which_port_is_held) {
    FakeHouse house;
    tests::FakeHouse other;
    const base::OwnedFd held(::socket(AF_INET, SOCK_DGRAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(held.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    ::getsockname(held.get(), reinterpret_cast<sockaddr*>(&address), &size);
    const std::string port = std::to_string(ntohs(address.sin_port));
    auto source = make("syslog", house,
                       {{"listen", "tcp://127.0.0.1:0"}, {"listen", "udp://127.0.0.1:" + port}});
    ASSERT_TRUE(source);
    const auto started = (*source)->start();
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().message().find(port), std::string::npos);
}

}  // namespace
}  // namespace vedette::source
