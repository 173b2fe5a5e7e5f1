// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/type_names.h"

#include <algorithm>
#include <string>

namespace vedette::rule::intel {

namespace {

struct Name {
    std::string_view text;
    IndicatorType type;
};

/// Lower case, with `-` for `_` and blanks.
/// Source: MISP core format (types of attributes), the columns of common public feeds
constexpr Name kNames[] = {
    {"ip", IndicatorType::network},
    {"ip-src", IndicatorType::network},
    {"ip-dst", IndicatorType::network},
    {"ip:port", IndicatorType::network},
    {"ip-address", IndicatorType::network},
    {"ipaddress", IndicatorType::network},
    {"dst-ip", IndicatorType::network},
    {"dest-ip", IndicatorType::network},
    {"src-ip", IndicatorType::network},
    {"address", IndicatorType::network},
    {"ipv4", IndicatorType::network},
    {"ipv6", IndicatorType::network},
    {"ipv4-addr", IndicatorType::network},
    {"ipv6-addr", IndicatorType::network},
    {"cidr", IndicatorType::network},
    {"network", IndicatorType::network},
    {"netblock", IndicatorType::network},
    {"domain", IndicatorType::domain},
    {"domain-name", IndicatorType::domain},
    {"hostname", IndicatorType::domain},
    {"host", IndicatorType::domain},
    {"fqdn", IndicatorType::domain},
    {"url", IndicatorType::url},
    {"uri", IndicatorType::url},
    {"email", IndicatorType::email},
    {"email-addr", IndicatorType::email},
    {"email-src", IndicatorType::email},
    {"email-dst", IndicatorType::email},
    {"email-reply-to", IndicatorType::email},
    {"md5", IndicatorType::md5},
    {"md5-hash", IndicatorType::md5},
    {"filehash-md5", IndicatorType::md5},
    {"sha1", IndicatorType::sha1},
    {"sha1-hash", IndicatorType::sha1},
    {"filehash-sha1", IndicatorType::sha1},
    {"sha256", IndicatorType::sha256},
    {"sha256-hash", IndicatorType::sha256},
    {"filehash-sha256", IndicatorType::sha256},
    {"sha512", IndicatorType::sha512},
    {"sha512-hash", IndicatorType::sha512},
    {"imphash", IndicatorType::imphash},
    {"filehash-imphash", IndicatorType::imphash},
    {"user-agent", IndicatorType::user_agent},
    {"http-user-agent", IndicatorType::user_agent},
    {"ja3", IndicatorType::ja3},
    {"ja3-md5", IndicatorType::ja3},
    {"ja3-fingerprint-md5", IndicatorType::ja3},
    {"ja3s", IndicatorType::ja3s},
    {"ja3s-md5", IndicatorType::ja3s},
    {"ja3s-fingerprint-md5", IndicatorType::ja3s},
    {"ja4", IndicatorType::ja4},
    {"ja4-fingerprint", IndicatorType::ja4},
};

std::string folded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out.push_back(c >= 'A' && c <= 'Z'   ? static_cast<char>(c + 32)
                      : c == '_' || c == ' ' ? '-'
                                             : c);
    }
    return out;
}

}  // namespace

std::vector<TypedPart> types_of_name(std::string_view name) {
    std::vector<TypedPart> out;
    constexpr std::size_t kNameBytesMax = 64;
    if (name.size() > kNameBytesMax) return out;
    const std::string text = folded(name);
    std::size_t part = 0;
    for (std::size_t begin = 0; begin <= text.size(); ++part) {
        const std::size_t end = std::min(text.find('|', begin), text.size());
        const std::string_view word = std::string_view(text).substr(begin, end - begin);
        const auto found = std::find_if(std::begin(kNames), std::end(kNames),
                                        [&](const Name& one) { return one.text == word; });
        if (found != std::end(kNames)) out.push_back({found->type, part});
        begin = end + 1;
    }
    return out;
}

}  // namespace vedette::rule::intel
