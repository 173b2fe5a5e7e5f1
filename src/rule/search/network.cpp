// SPDX-License-Identifier: Apache-2.0
#include "rule/search/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace vedette::rule::search {

std::optional<Address> read_address(std::string_view text) {
    // Longer than any address, with room for an embedded version 4 part. Source: INET6_ADDRSTRLEN
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::string terminated(text);
    Address address;
    if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
    address.is_v6 = true;
    if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
    return std::nullopt;
}

bool Network::has(const Address& other) const {
    if (other.is_v6 != address.is_v6) return false;
    const auto whole = static_cast<std::size_t>(prefix_bits / 8);
    if (std::memcmp(address.bytes.data(), other.bytes.data(), whole) != 0) return false;
    const int rest = prefix_bits % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xFF << (8 - rest));
    return (address.bytes[whole] & mask) == (other.bytes[whole] & mask);
}

std::optional<Network> read_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto address = read_address(text.substr(0, slash));
    const std::string_view bits = text.substr(slash + 1);
    Network network;
    const auto [end, code] =
        std::from_chars(bits.data(), bits.data() + bits.size(), network.prefix_bits);
    if (!address || code != std::errc() || end != bits.data() + bits.size() || bits[0] == '-' ||
        bits.size() > 3 || network.prefix_bits > (address->is_v6 ? 128 : 32)) {
        return std::nullopt;
    }
    network.address = *address;
    return network;
}

std::optional<std::string> network_of(std::string_view text) {
    if (is_network(text)) return std::string(text);
    const auto address = read_address(text);
    if (!address) return std::nullopt;
    return std::string(text) + (address->is_v6 ? "/128" : "/32");
}

}  // namespace vedette::rule::search
