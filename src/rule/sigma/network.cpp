// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace vedette::rule::sigma {

namespace {

// Longest text of an address: eight groups with an IPv4 tail.
constexpr std::size_t kAddressTextMax = 45;
constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
    text = text.substr(0, text.find('%'));
    if (text.empty() || text.size() > kAddressTextMax) return std::nullopt;
    const std::string terminated(text);
    Address address;
    if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
    if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
    address.size_bytes = 16;
    if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin())) {
        std::copy(address.bytes.begin() + 12, address.bytes.end(), address.bytes.begin());
        std::fill(address.bytes.begin() + 4, address.bytes.end(), std::uint8_t{0});
        address.size_bytes = 4;
    }
    return address;
}

std::optional<Network> Network::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view address_text = text.substr(0, slash);
    const auto address = parse_address(address_text);
    if (!address || address_text.find('%') != std::string_view::npos) return std::nullopt;
    Network network{*address, address->size_bytes * 8};
    if (slash == std::string_view::npos) return network;
    const std::string_view digits = text.substr(slash + 1);
    int bits = -1;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
    // A prefix given for the mapped writing counts from the IPv6 start.
    const bool is_mapped =
        address->size_bytes == 4 && address_text.find(':') != std::string_view::npos;
    if (is_mapped) bits -= 96;
    if (bits < 0 || bits > network.prefix_bits) return std::nullopt;
    network.prefix_bits = bits;
    return network;
}

bool Network::contains(const Address& other) const {
    if (other.size_bytes != address.size_bytes) return false;
    const int whole_bytes = prefix_bits / 8;
    if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole_bytes,
                    other.bytes.begin())) {
        return false;
    }
    const int rest_bits = prefix_bits % 8;
    if (rest_bits == 0) return true;
    const int mask = 0xFF00 >> rest_bits & 0xFF;
    const auto index = static_cast<std::size_t>(whole_bytes);
    return (address.bytes[index] & mask) == (other.bytes[index] & mask);
}

}  // namespace vedette::rule::sigma
