// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "base/compressed.h"
#include "parse/sshd/message.h"
#include "tests/shared_data.h"

namespace vedette::parse::sshd {
namespace {

/// What a client may send as a user's name: words that imitate the line among others.
rc::Gen<std::string> hostile_name() {
    const auto word = rc::gen::element<std::string>(
        "root", " from ", "192.0.2.1", " port ", "1", " ssh2", ": ", "invalid user ", "", " ",
        "Failed password for ", "rhost=", "user=", "Too many authentication failures", "[preauth");
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(word),
                        [](const std::vector<std::string>& words) {
                            std::string out;
                            for (const std::string& each : words) out += each;
                            return out;
                        });
}

void assert_peer(const Message& message, const std::string& user) {
    RC_ASSERT(message.user == user);
    RC_ASSERT(message.address == "198.51.100.9");
    RC_ASSERT(message.port == "2222");
}

RC_GTEST_PROP(Sshd, no_unknown_name_can_change_who_is_said_to_have_called, ()) {
    const std::string name = *hostile_name();
    const std::string peer = "198.51.100.9 port 2222";
    assert_peer(
        read_message("Failed password for invalid user " + name + " from " + peer + " ssh2"), name);
    assert_peer(read_message("Failed none for invalid user " + name + " from " + peer + " ssh2"),
                name);
    assert_peer(read_message("Invalid user " + name + " from " + peer), name);
    assert_peer(
        read_message("Connection closed by invalid user " + name + " " + peer + " [preauth]"),
        name);
    assert_peer(read_message("error: maximum authentication attempts exceeded for invalid user " +
                             name + " from " + peer + " ssh2 [preauth]"),
                name);
    assert_peer(read_message("Disconnecting invalid user " + name + " " + peer +
                             ": Too many authentication failures [preauth]"),
                name);
}

RC_GTEST_PROP(Sshd, reads_any_bytes_without_looking_outside_of_them, ()) {
    std::string text = *hostile_name();
    text += *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    const Message message = read_message(text);
    const auto is_inside = [&](std::string_view part) {
        return part.empty() || (part.data() >= text.data() &&
                                part.data() + part.size() <= text.data() + text.size());
    };
    RC_ASSERT(is_inside(message.user));
    RC_ASSERT(is_inside(message.address));
    RC_ASSERT(is_inside(message.port));
    RC_ASSERT(is_inside(message.banner));
}

std::string read_packed(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string packed{std::istreambuf_iterator<char>(in), {}};
    std::string out;
    base::Decompressor opened;
    const auto keep = [&](std::string_view bytes) -> base::Result<void> {
        out.append(bytes);
        return {};
    };
    EXPECT_TRUE(opened.feed(packed, keep).has_value());
    EXPECT_TRUE(opened.finish(keep).has_value());
    return out;
}

TEST(Sshd, knows_every_line_of_a_real_server_under_attack) {
    const auto path = tests::shared_path("data/logs/loghub2k/OpenSSH/OpenSSH_2k.log.zst");
    if (!path) GTEST_SKIP() << "the shared data sets are not here (VEDETTE_SHARED)";
    const std::string text = read_packed(*path);
    std::size_t count = 0, known = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line = std::string_view(text).substr(at, end - at);
        at = end + 1;
        const std::size_t tag = line.find("]: ");
        if (tag == std::string_view::npos) continue;
        line.remove_prefix(tag + 3);
        while (line.ends_with('\r')) line.remove_suffix(1);
        ++count;
        const bool is_repeat = line.starts_with("message repeated ");  // syslog's to take apart
        if (is_repeat || !read_message(line).action.empty()) {
            ++known;
        } else {
            ADD_FAILURE() << "unknown: " << line;
        }
    }
    EXPECT_EQ(count, 2'000u);
    EXPECT_EQ(known, count);
}

}  // namespace
}  // namespace vedette::parse::sshd
