// SPDX-License-Identifier: Apache-2.0
#include "event/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace vedette::event {

namespace {

constexpr std::array<std::uint8_t, 12> kV4Front = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

/// Four decimal numbers without leading zeros, as inet_pton reads them.
bool read_v4(std::string_view text, std::uint8_t* out) {
    std::size_t at = 0;
    for (int part = 0; part < 4; ++part) {
        if (part > 0 && (at == text.size() || text[at++] != '.')) return false;
        const std::size_t begin = at;
        int value = 0;
        while (at < text.size() && at < begin + 3 && text[at] >= '0' && text[at] <= '9') {
            value = value * 10 + (text[at++] - '0');
        }
        const bool has_leading_zero = at > begin + 1 && text[begin] == '0';
        if (at == begin || has_leading_zero || value > 255) return false;
        out[part] = static_cast<std::uint8_t>(value);
    }
    return at == text.size();
}

}  // namespace

bool Address::is_v4() const { return std::equal(kV4Front.begin(), kV4Front.end(), bytes.begin()); }

Address Address::masked(int prefix_bits) const {
    Address out;
    const auto whole = static_cast<std::size_t>(prefix_bits / 8);
    std::memcpy(out.bytes.data(), bytes.data(), whole);
    const int rest = prefix_bits % 8;
    if (rest > 0) {
        out.bytes[whole] = static_cast<std::uint8_t>(bytes[whole] & (0xFF << (8 - rest)));
    }
    return out;
}

Address Address::last(int prefix_bits) const {
    Address out = *this;
    for (int bit = prefix_bits; bit < 128; ++bit) {
        out.bytes[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
    }
    return out;
}

std::optional<Address> Address::next() const {
    Address out = *this;
    for (std::size_t i = out.bytes.size(); i-- > 0;) {
        if (++out.bytes[i] != 0) return out;
    }
    return std::nullopt;
}

std::optional<Address> read_address(std::string_view text) {
    Address address;
    std::copy(kV4Front.begin(), kV4Front.end(), address.bytes.begin());
    if (read_v4(text, address.bytes.data() + kV4Front.size())) return address;
    std::array<char, INET6_ADDRSTRLEN> terminated;
    const bool may_be_v6 = text.size() < terminated.size() && text.size() >= 2 &&
                           text.find(':') < 5 && text.find('\0') == std::string_view::npos;
    if (!may_be_v6) return std::nullopt;
    std::copy(text.begin(), text.end(), terminated.begin());
    terminated[text.size()] = '\0';
    if (inet_pton(AF_INET6, terminated.data(), address.bytes.data()) != 1) return std::nullopt;
    return address;
}

std::string Network::text() const {
    const bool is_v4 = address.is_v4() && prefix_bits >= kV4PrefixBits;
    std::array<char, INET6_ADDRSTRLEN> written{};
    inet_ntop(is_v4 ? AF_INET : AF_INET6, address.bytes.data() + (is_v4 ? kV4Front.size() : 0),
              written.data(), written.size());
    std::string out = written.data();
    if (prefix_bits < 128) {
        out += "/" + std::to_string(prefix_bits - (is_v4 ? kV4PrefixBits : 0));
    }
    return out;
}

std::optional<Network> read_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = read_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    Network network{*address, 128};
    if (slash == std::string_view::npos) return network;
    const std::string_view bits = text.substr(slash + 1);
    const char* const end = bits.data() + bits.size();
    const auto [stop, error] = std::from_chars(bits.data(), end, network.prefix_bits);
    // A mapped address says its prefix of 128 bits, a short one of 32.
    const bool is_short = text.substr(0, slash).find(':') == std::string_view::npos;
    if (error != std::errc() || stop != end || bits[0] == '-' || bits.size() > 3 ||
        network.prefix_bits > (is_short ? 32 : 128)) {
        return std::nullopt;
    }
    if (is_short) network.prefix_bits += kV4PrefixBits;
    network.address = network.address.masked(network.prefix_bits);
    return network;
}

}  // namespace vedette::event
