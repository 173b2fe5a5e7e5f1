// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::rule::search {

/// An address as the store reads it (isIPv4String, isIPv6String): no zone, no blanks.
struct Address {
    bool is_v6 = false;
    std::array<std::uint8_t, 16> bytes{};  ///< the first 4 of them for version 4
};
std::optional<Address> read_address(std::string_view text);

struct Network {
    Address address;
    int prefix_bits = 0;
    /// An address of the other version is in no network.
    bool has(const Address& address) const;
};
/// Address and prefix length, "10.0.0.0/8".
std::optional<Network> read_network(std::string_view text);

inline bool is_network(std::string_view text) { return read_network(text).has_value(); }
/// "10.0.0.0/8" as it is, "10.0.0.1" as "10.0.0.1/32"; nothing if it is neither.
std::optional<std::string> network_of(std::string_view text);

}  // namespace vedette::rule::search
