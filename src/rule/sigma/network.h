// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vedette::rule::sigma {

/// An IPv4 or IPv6 address as its bytes; an IPv4 address mapped into IPv6 (::ffff:a.b.c.d) is IPv4,
/// because logs write one address both ways.
struct Address {
    std::array<std::uint8_t, 16> bytes{};
    int size_bytes = 4;
    bool operator==(const Address&) const = default;
};

/// Reads an address in the usual writing; zone ids (fe80::1%eth0) are dropped. Nothing for other
/// text.
std::optional<Address> parse_address(std::string_view text);

/// A range of addresses with a common prefix, e.g. 10.0.0.0/8 or fe80::/10.
struct Network {
    Address address;
    int prefix_bits = 32;

    /// Reads "address/bits"; an address alone is a network of one. Bits behind the prefix are
    /// ignored, as most rules' tools do. Nothing for other text.
    static std::optional<Network> parse(std::string_view text);

    /// False where the families differ.
    bool contains(const Address& other) const;
};

}  // namespace vedette::rule::sigma
