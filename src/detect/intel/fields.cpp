// SPDX-License-Identifier: Apache-2.0
#include "detect/intel/fields.h"

#include <algorithm>

namespace vedette::detect::intel {

namespace {

using enum rule::intel::IndicatorType;

constexpr LookedUpField kFields[] = {
    {"source.ip", network},
    {"destination.ip", network},
    {"client.ip", network},
    {"server.ip", network},
    {"source.nat.ip", network},
    {"destination.nat.ip", network},
    {"dns.resolved_ip", network},
    {"dns.answers.data", network},
    {"network.forwarded_ip", network},
    {"dns.question.name", domain},
    {"dns.answers.data", domain},
    {"dns.answers.name", domain},
    {"url.domain", domain},
    {"destination.domain", domain},
    {"source.domain", domain},
    {"server.domain", domain},
    {"client.domain", domain},
    {"tls.client.server_name", domain},
    {"tls.server_name", domain},
    {"QueryName", domain},
    {"DestinationHostname", domain},
    {"url.full", url},
    {"url.original", url},
    {"http.request.referrer", url},
    {"email.from.address", email},
    {"email.sender.address", email},
    {"email.reply_to.address", email},
    {"email.to.address", email},
    {"user.email", email},
    {"hash.md5", md5},
    {"file.hash.md5", md5},
    {"process.hash.md5", md5},
    {"dll.hash.md5", md5},
    {"hash.sha1", sha1},
    {"file.hash.sha1", sha1},
    {"process.hash.sha1", sha1},
    {"dll.hash.sha1", sha1},
    {"hash.sha256", sha256},
    {"file.hash.sha256", sha256},
    {"process.hash.sha256", sha256},
    {"dll.hash.sha256", sha256},
    {"hash.sha512", sha512},
    {"file.hash.sha512", sha512},
    {"process.hash.sha512", sha512},
    {"file.pe.imphash", imphash},
    {"process.pe.imphash", imphash},
    {"dll.pe.imphash", imphash},
    {"pe.imphash", imphash},
    {"Imphash", imphash},
    {"user_agent.original", user_agent},
    {"tls.client.ja3", ja3},
    {"tls.client.hash.ja3", ja3},
    {"tls.server.ja3s", ja3s},
    {"tls.server.hash.ja3s", ja3s},
    {"tls.client.ja4", ja4},
    {"ja4", ja4},
};
constexpr std::string_view kHashLists[] = {"Hashes", "Hash"};

bool is_same(std::string_view a, std::string_view b) {
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [&](char x, char y) { return upper(x) == upper(y); });
}

}  // namespace

std::span<const LookedUpField> looked_up_fields() { return kFields; }

std::span<const std::string_view> hash_list_fields() { return kHashLists; }

std::optional<std::string_view> hash_in(std::string_view value, std::string_view algorithm) {
    while (!value.empty()) {
        const std::size_t end = std::min(value.find(','), value.size());
        const std::string_view part = value.substr(0, end);
        value.remove_prefix(std::min(end + 1, value.size()));
        const std::size_t equal = part.find('=');
        if (equal != std::string_view::npos && is_same(part.substr(0, equal), algorithm)) {
            return part.substr(equal + 1);
        }
    }
    return std::nullopt;
}

}  // namespace vedette::detect::intel
