// SPDX-License-Identifier: Apache-2.0
#include "parse/text_scan.h"

#include <arpa/inet.h>

#include <cstring>

namespace vedette::parse {

namespace {

bool is_ipv4(std::string_view text) {
    int parts = 0;
    std::size_t at = 0;
    while (parts < 4) {
        int value = 0, digits = 0;
        while (at < text.size() && is_digit(text[at]) && digits < 4) {
            value = value * 10 + (text[at] - '0');
            ++at, ++digits;
        }
        // "01" is octal to some programs and decimal to others, so it is none, as for inet_pton.
        if (digits == 0 || digits > 3 || value > 255) return false;
        if (digits > 1 && text[at - static_cast<std::size_t>(digits)] == '0') return false;
        ++parts;
        if (parts < 4 && (at >= text.size() || text[at++] != '.')) return false;
    }
    return at == text.size();
}

bool is_ipv6(std::string_view text) {
    const std::size_t zone = text.find('%');
    if (zone != std::string_view::npos) text = text.substr(0, zone);
    char terminated[INET6_ADDRSTRLEN];
    if (text.size() >= sizeof terminated) return false;
    std::memcpy(terminated, text.data(), text.size());
    terminated[text.size()] = '\0';
    in6_addr address;
    return inet_pton(AF_INET6, terminated, &address) == 1;
}

}  // namespace

bool is_ip_address(std::string_view text) {
    // The longest: 45 bytes of address, '%' and an interface's name of at most 15 (IFNAMSIZ).
    constexpr std::size_t kLongest = 61;
    if (text.size() < 2 || text.size() > kLongest) return false;
    return is_ipv4(text) || (text.find(':') != std::string_view::npos && is_ipv6(text));
}

}  // namespace vedette::parse
