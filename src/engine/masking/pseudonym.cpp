// SPDX-License-Identifier: Apache-2.0
#include "engine/masking/pseudonym.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/sha256.h"

namespace vedette::engine::masking {

namespace {

constexpr std::string_view kRedacted = "redacted";
constexpr std::size_t kPseudonymDigits = 16;
constexpr std::size_t kNumberDigits = 15;  // fits every kind of number, a double included
constexpr std::array<unsigned char, 4> kIpv6Prefix = {0xfd, 0x76, 0x65, 0x64};

using Ipv4 = std::array<unsigned char, 4>;
using Ipv6 = std::array<unsigned char, 16>;

template <typename Address>
std::optional<Address> read_address(int family, std::string_view text) {
    Address address{};
    const std::string ended(text);
    if (::inet_pton(family, ended.c_str(), address.data()) != 1) return std::nullopt;
    return address;
}

template <typename Address>
std::string written(int family, const Address& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(family, address.data(), text.data(), text.size());
    return text.data();
}

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_pseudonym(std::string_view text) {
    return text.size() == kPseudonymDigits + 1 && text[0] == 'p' &&
           text.substr(1).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string mask_ipv4(Ipv4 address, Method method, std::string_view digest) {
    if (address[0] >= 240) return written(AF_INET, address);
    if (method == Method::redact) return "0.0.0.0";
    if (method == Method::partial) {
        address[3] = 0;
    } else {
        std::memcpy(address.data(), digest.data(), address.size());
        address[0] = static_cast<unsigned char>(240 | (address[0] & 15));
    }
    return written(AF_INET, address);
}

std::string mask_ipv6(Ipv6 address, Method method, std::string_view digest) {
    if (std::equal(kIpv6Prefix.begin(), kIpv6Prefix.end(), address.begin())) {
        return written(AF_INET6, address);
    }
    if (method == Method::redact) return "::";
    if (method == Method::partial) {
        std::fill(address.begin() + 6, address.end(), static_cast<unsigned char>(0));
    } else {
        std::memcpy(address.data(), digest.data(), address.size());
        std::copy(kIpv6Prefix.begin(), kIpv6Prefix.end(), address.begin());
    }
    return written(AF_INET6, address);
}

std::string mask_number(Method method, std::string_view digest) {
    if (method != Method::hash) return "0";
    std::uint64_t number = 0;
    std::memcpy(&number, digest.data(), sizeof number);
    constexpr std::uint64_t kFirst = 100'000'000'000'000, kCount = 900'000'000'000'000;
    static_assert(kFirst / 100'000'000'000'000 == 1 && kNumberDigits == 15);
    return std::to_string(kFirst + number % kCount);
}

/// What may stand in any format without an escape.
bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-';
}

std::string mask_text(std::string_view value, Method method, std::string_view digest) {
    if (method == Method::redact || value == kRedacted) return std::string(kRedacted);
    if (method == Method::hash) {
        if (is_pseudonym(value)) return std::string(value);
        std::string out = "p";
        for (std::size_t i = 0; i < kPseudonymDigits / 2; ++i) {
            out += fmt::format("{:02x}", static_cast<unsigned char>(digest[i]));
        }
        return out;
    }
    const std::size_t at = value.rfind('@');
    if (at != std::string_view::npos && at > 0 && at + 1 < value.size() &&
        std::all_of(value.begin() + static_cast<std::ptrdiff_t>(at) + 1, value.end(), is_plain)) {
        return "x" + std::string(value.substr(at));
    }
    const bool has_letter = is_plain(value.front()) && value.size() > 2;
    return (has_letter ? std::string(1, value.front()) : "x") + "xx";
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

}  // namespace

std::string masked(std::string_view value, Method method, std::string_view key) {
    if (value.empty()) return {};
    const std::string digest =
        method == Method::hash ? base::hmac_sha256(key, lower(value)) : std::string();
    if (const auto ipv4 = read_address<Ipv4>(AF_INET, value)) {
        return mask_ipv4(*ipv4, method, digest);
    }
    if (const auto ipv6 = read_address<Ipv6>(AF_INET6, value)) {
        return mask_ipv6(*ipv6, method, digest);
    }
    if (is_digits(value)) return mask_number(method, digest);
    return mask_text(value, method, digest);
}

}  // namespace vedette::engine::masking
