// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/indicator_index.h"

#include <algorithm>

#include "rule/intel/domain_name.h"

namespace vedette::rule::intel {

namespace {

constexpr std::size_t kFilterBits = 12, kBlockBits = 512;
constexpr int kHashShift = 24;    // of the 40 bits that sets keep
constexpr int kIndexV6Mark = 64;  // in the first byte of a key, see network_key()

/// 40 bits spread over 64.
std::uint64_t spread(std::uint64_t bits) {
    bits *= 0x9E37'79B9'7F4A'7C15ull;
    bits ^= bits >> 32;
    bits *= 0xD6E8'FEB8'6659'FD93ull;
    return bits ^ (bits >> 29);
}

/// Calls `use` with the word and the bit of each of five places in a block.
template <class Use>
bool each_bit(std::uint64_t mixed, Use&& use) {
    for (int i = 0; i < 5; ++i) {
        const auto place = static_cast<unsigned>(mixed >> (9 * i)) & 511;
        if (!use(place >> 6, std::uint64_t{1} << (place & 63))) return false;
    }
    return true;
}

std::size_t block_of(std::uint64_t mixed, std::size_t blocks) {
    return static_cast<std::size_t>((mixed >> 45) * blocks >> 19);
}

}  // namespace

IndicatorIndex::IndicatorIndex(Feeds feeds) : feeds_(std::move(feeds)) {
    std::bitset<256> prefixes;
    std::size_t total = 0;
    for (const auto& feed : feeds_) {
        prefixes |= feed->prefixes();
        total += feed->size();
    }
    for (int prefix = 128; prefix >= 0; --prefix) {
        if (prefix <= 32 && prefixes[static_cast<std::size_t>(prefix)])
            v4_prefixes_.push_back(prefix);
        if (prefixes[static_cast<std::size_t>(kIndexV6Mark + prefix)])
            v6_prefixes_.push_back(prefix);
    }
    if (total == 0) return;
    filter_.resize(total * kFilterBits / kBlockBits + 1);
    for (const auto& feed : feeds_) {
        feed->for_each_hash([this](std::uint64_t bits) {
            const std::uint64_t mixed = spread(bits);
            Block& block = filter_[block_of(mixed, filter_.size())];
            each_bit(mixed, [&](unsigned word, std::uint64_t bit) {
                block.words[word] |= bit;
                return true;
            });
        });
    }
}

bool IndicatorIndex::may_have(std::uint64_t hash) const {
    if (filter_.empty()) return false;
    const std::uint64_t mixed = spread(hash >> kHashShift);
    const Block& block = filter_[block_of(mixed, filter_.size())];
    return each_bit(
        mixed, [&](unsigned word, std::uint64_t bit) { return (block.words[word] & bit) != 0; });
}

void IndicatorIndex::find_hashed(IndicatorType type, std::string_view key,
                                 std::vector<Hit>& out) const {
    const std::uint64_t hash = indicator_hash(type, key);
    if (!may_have(hash)) return;
    for (const auto& feed : feeds_) {
        if (const auto found = feed->find(type, key, hash)) out.push_back({feed.get(), *found});
    }
}

void IndicatorIndex::find(IndicatorType type, std::string_view key, std::vector<Hit>& out) const {
    find_hashed(type, key, out);
}

void IndicatorIndex::find_domain(std::string_view name_key, std::vector<Hit>& out) const {
    for (; name_key.find('.') != std::string_view::npos; name_key = parent_name(name_key)) {
        find_hashed(IndicatorType::domain, name_key, out);
    }
}

void IndicatorIndex::find_address(const event::Address& address, std::vector<Hit>& out) const {
    const bool is_v4 = address.is_v4();
    for (const int prefix : is_v4 ? v4_prefixes_ : v6_prefixes_) {
        const int bits = is_v4 ? prefix + event::kV4PrefixBits : prefix;
        find_hashed(IndicatorType::network, network_key({address.masked(bits), bits}), out);
    }
}

void IndicatorIndex::find_value(IndicatorType type, std::string_view text, std::string& room,
                                std::vector<Hit>& out) const {
    if (type == IndicatorType::network) {
        if (const auto address = event::read_address(text)) find_address(*address, out);
        return;
    }
    const auto key = make_key(type, text, room);
    if (!key) return;
    if (type == IndicatorType::domain) return find_domain(*key, out);
    find_hashed(type, *key, out);
}

bool IndicatorIndex::has(IndicatorType type) const {
    return std::any_of(feeds_.begin(), feeds_.end(),
                       [type](const auto& feed) { return feed->count(type) > 0; });
}

std::size_t IndicatorIndex::size() const {
    std::size_t total = 0;
    for (const auto& feed : feeds_) total += feed->size();
    return total;
}

std::size_t IndicatorIndex::memory_bytes() const {
    std::size_t total = filter_.size() * sizeof(Block);
    for (const auto& feed : feeds_) total += feed->memory_bytes();
    return total;
}

}  // namespace vedette::rule::intel
