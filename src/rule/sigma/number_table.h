// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// Comparisons with numbers, ordered by number: a value is read once, and one search for each kind
/// of comparison finds all that it meets.
class NumberTable {
  public:
    /// A comparison with what is no number is met by nothing.
    void add(const NumberTest& test, std::uint32_t number);
    /// Behind the last add().
    void settle();
    bool is_empty() const;
    std::size_t memory_bytes() const;

    /// Appends the numbers of the comparisons that the text meets.
    void find(std::string_view text, std::vector<std::uint32_t>& out) const;

  private:
    static constexpr std::size_t kParts = 7;  // the value itself and the six parts of a time
    using Bounds = std::vector<std::pair<long double, std::uint32_t>>;
    using Comparisons = std::array<Bounds, 5>;
    static void find(const Comparisons& comparisons, long double value,
                     std::vector<std::uint32_t>& out);

    std::array<Comparisons, kParts> parts_;
    std::array<bool, kParts> has_any_{};
};

/// Networks ordered by size and first address: an address is read once, and each size of network
/// that occurs is searched for the one it would lie in.
class NetworkTable {
  public:
    void add(const Network& network, std::uint32_t number);
    void settle();
    bool is_empty() const { return groups_.empty(); }
    std::size_t memory_bytes() const;

    void find(std::string_view text, std::vector<std::uint32_t>& out) const;

  private:
    struct Group {
        int size_bytes, prefix_bits;
        std::vector<std::pair<std::array<std::uint8_t, 16>, std::uint32_t>> networks;
    };
    std::vector<Group> groups_;
};

}  // namespace vedette::rule::sigma
