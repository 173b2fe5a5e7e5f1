// SPDX-License-Identifier: Apache-2.0
#include "bench/event_lines.h"

#include <fmt/format.h>

#include <random>

#include "bench/bench_data.h"

namespace vedette::bench {

base::Result<std::vector<std::string>> read_lines(const std::string& path,
                                                  std::uint64_t lines_max) {
    VD_TRY(const std::string text, read_data(path));
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size() && lines.size() < lines_max;) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end > begin) lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

std::vector<std::string> sshd_lines(std::uint64_t count, double failed_share, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    static constexpr const char* kUsers[] = {"root",  "admin",  "deploy", "postgres", "backup",
                                             "alice", "martin", "oracle", "git",      "www-data"};
    std::vector<std::string> lines;
    lines.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto second = i / 50;
        const std::string head = fmt::format(
            "2026-11-22T{:02}:{:02}:{:02}.{:06}+00:00 web-{:02}.prod.example.org sshd[{}]: ",
            second / 3600 % 24, second / 60 % 60, second % 60, below(1'000'000), below(20),
            1'000 + below(60'000));
        const std::string peer = fmt::format("203.0.{}.{}", below(200), below(250));
        const std::string user = fmt::format("{}{:03}", kUsers[below(10)], below(100));
        if (static_cast<double>(below(1'000'000)) < failed_share * 1e6) {
            lines.push_back(head +
                            fmt::format("Failed password for invalid user {} from {} port {} ssh2",
                                        user, peer, 1'024 + below(60'000)));
        } else if (below(3) == 0) {
            lines.push_back(head + fmt::format("Accepted publickey for {} from {} port {} ssh2: "
                                               "ED25519 SHA256:{:016x}{:016x}{:011x}",
                                               user, peer, 1'024 + below(60'000), random(),
                                               random(), below(1ull << 44)));
        } else {
            lines.push_back(
                head + fmt::format("pam_unix(sshd:session): session opened for user {}(uid={}) by "
                                   "(uid=0) tty=ssh rhost={} session={:032x} service=sshd "
                                   "method=publickey",
                                   user, 1'000 + below(9'000), peer, random()));
        }
    }
    return lines;
}

}  // namespace vedette::bench
