// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/number_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rule/sigma/measure.h"

namespace vedette::rule::sigma {

namespace {

using Comparison = NumberTest::Comparison;

constexpr std::array kTimeParts = {TimePart::minute, TimePart::hour,  TimePart::day,
                                   TimePart::week,   TimePart::month, TimePart::year};

std::array<std::uint8_t, 16> first_address(const Address& address, int prefix_bits) {
    std::array<std::uint8_t, 16> bytes{};
    for (int i = 0; i < address.size_bytes; ++i) {
        const int bits = std::clamp(prefix_bits - i * 8, 0, 8);
        const auto index = static_cast<std::size_t>(i);
        bytes[index] = static_cast<std::uint8_t>(address.bytes[index] & (0xFF00 >> bits));
    }
    return bytes;
}

}  // namespace

void NumberTable::add(const NumberTest& test, std::uint32_t number) {
    if (std::isnan(test.number)) return;
    const std::size_t part = test.part ? static_cast<std::size_t>(*test.part) + 1 : 0;
    parts_[part][static_cast<std::size_t>(test.comparison)].emplace_back(test.number, number);
    has_any_[part] = true;
}

void NumberTable::settle() {
    for (Comparisons& comparisons : parts_) {
        for (Bounds& bounds : comparisons) std::sort(bounds.begin(), bounds.end());
    }
}

bool NumberTable::is_empty() const {
    return std::none_of(has_any_.begin(), has_any_.end(), [](bool has) { return has; });
}

void NumberTable::find(const Comparisons& comparisons, long double value,
                       std::vector<std::uint32_t>& out) {
    for (std::size_t i = 0; i < comparisons.size(); ++i) {
        const Bounds& bounds = comparisons[i];
        if (bounds.empty()) continue;
        const auto low = std::lower_bound(bounds.begin(), bounds.end(), std::pair{value, 0U});
        constexpr std::uint32_t kLast = std::numeric_limits<std::uint32_t>::max();
        const auto high = std::upper_bound(low, bounds.end(), std::pair{value, kLast});
        auto begin = bounds.begin(), end = bounds.end();
        switch (static_cast<Comparison>(i)) {  // value ? bound
            case Comparison::less: begin = high; break;
            case Comparison::less_or_equal: begin = low; break;
            case Comparison::greater: end = low; break;
            case Comparison::greater_or_equal: end = high; break;
            case Comparison::equal: begin = low, end = high; break;
        }
        for (; begin != end; ++begin) out.push_back(begin->second);
    }
}

void NumberTable::find(std::string_view text, std::vector<std::uint32_t>& out) const {
    if (has_any_[0]) {
        if (const auto value = number_in(text)) find(parts_[0], *value, out);
    }
    for (const TimePart part : kTimeParts) {
        const std::size_t index = static_cast<std::size_t>(part) + 1;
        if (!has_any_[index]) continue;
        if (const auto value = time_part_in(text, part)) find(parts_[index], *value, out);
    }
}

std::size_t NumberTable::memory_bytes() const {
    std::size_t total = 0;
    for (const Comparisons& comparisons : parts_) {
        for (const Bounds& bounds : comparisons) {
            total += bounds.capacity() * sizeof(Bounds::value_type);
        }
    }
    return total;
}

void NetworkTable::add(const Network& network, std::uint32_t number) {
    const int size_bytes = network.address.size_bytes;
    auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& known) {
        return known.size_bytes == size_bytes && known.prefix_bits == network.prefix_bits;
    });
    if (group == groups_.end()) {
        groups_.push_back({size_bytes, network.prefix_bits, {}});
        group = groups_.end() - 1;
    }
    group->networks.emplace_back(first_address(network.address, network.prefix_bits), number);
}

void NetworkTable::settle() {
    for (Group& group : groups_) std::sort(group.networks.begin(), group.networks.end());
}

void NetworkTable::find(std::string_view text, std::vector<std::uint32_t>& out) const {
    const auto address = parse_address(text);
    if (!address) return;
    for (const Group& group : groups_) {
        if (group.size_bytes != address->size_bytes) continue;
        const auto first = first_address(*address, group.prefix_bits);
        auto at =
            std::lower_bound(group.networks.begin(), group.networks.end(), std::pair{first, 0U});
        for (; at != group.networks.end() && at->first == first; ++at) out.push_back(at->second);
    }
}

std::size_t NetworkTable::memory_bytes() const {
    std::size_t total = groups_.capacity() * sizeof(Group);
    for (const Group& group : groups_) {
        total += group.networks.capacity() * sizeof(group.networks[0]);
    }
    return total;
}

}  // namespace vedette::rule::sigma
