// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/text_tables.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "rule/sigma/value_table.h"

namespace vedette::rule::sigma {

namespace {

constexpr std::array<std::size_t, 4> kWidths = {8, 4, 2, 1};

std::size_t places_for(std::size_t count) {
    return std::bit_ceil(std::max<std::size_t>(count * 2, 2));
}

std::size_t bytes_of(const std::vector<std::string>& texts) {
    std::size_t total = texts.capacity() * sizeof(std::string);
    for (const std::string& text : texts) total += text.size();
    return total;
}

}  // namespace

Lists::Lists(std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs, std::size_t key_count) {
    std::sort(pairs.begin(), pairs.end());
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
    begins_.assign(key_count + 1, 0);
    numbers_.reserve(pairs.size());
    for (const auto& [key, number] : pairs) {
        ++begins_[key + 1];
        numbers_.push_back(number);
    }
    for (std::size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
}

TextTable::TextTable(std::vector<std::pair<std::string, std::uint32_t>> entries) {
    if (entries.empty()) return;
    std::sort(entries.begin(), entries.end());
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
    for (auto& [text, number] : entries) {
        if (texts_.empty() || texts_.back() != text) texts_.push_back(std::move(text));
        pairs.emplace_back(static_cast<std::uint32_t>(texts_.size() - 1), number);
    }
    numbers_ = Lists(std::move(pairs), texts_.size());
    places_.resize(places_for(texts_.size()));
    for (std::uint32_t i = 0; i < texts_.size(); ++i) {
        const std::uint64_t hash = text_hash(texts_[i]);
        std::uint64_t at = hash & (places_.size() - 1);
        while (places_[at].text != 0) at = (at + 1) & (places_.size() - 1);
        places_[at] = {hash, i + 1};
    }
}

std::span<const std::uint32_t> TextTable::find(std::string_view text) const {
    const std::uint64_t hash = text_hash(text);
    for (std::uint64_t at = hash;; ++at) {
        const Place& place = places_[at & (places_.size() - 1)];
        if (place.text == 0) return {};
        if (place.hash == hash && texts_[place.text - 1] == text) return numbers_[place.text - 1];
    }
}

std::size_t TextTable::memory_bytes() const {
    return bytes_of(texts_) + numbers_.memory_bytes() + places_.capacity() * sizeof(Place);
}

EndTable::EndTable(End end, std::vector<std::pair<std::string, std::uint32_t>> entries)
    : end_(end) {
    std::array<std::map<std::uint64_t, std::vector<std::size_t>>, 4> by_key;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        std::size_t width = 0;
        while (entries[i].first.size() < kWidths[width]) ++width;
        by_key[width][key_of(entries[i].first, kWidths[width])].push_back(i);
    }
    for (std::size_t width = 0; width < kWidths.size(); ++width) {
        widths_[width].bytes = kWidths[width];
        if (by_key[width].empty()) continue;
        auto& places = widths_[width].places;
        places.resize(places_for(by_key[width].size()));
        for (const auto& [key, indexes] : by_key[width]) {
            std::uint64_t at = place_of(key, widths_[width]);
            while (places[at].count != 0) at = (at + 1) & (places.size() - 1);
            places[at] = {key, static_cast<std::uint32_t>(texts_.size()),
                          static_cast<std::uint32_t>(indexes.size())};
            for (const std::size_t index : indexes) {
                texts_.push_back(std::move(entries[index].first));
                numbers_.push_back(entries[index].second);
            }
        }
    }
}

std::uint64_t EndTable::key_of(std::string_view text, std::size_t bytes) const {
    std::uint64_t key = 0;
    const char* const begin = end_ == End::first ? text.data() : text.data() + text.size() - bytes;
    std::memcpy(&key, begin, bytes);
    return key;
}

std::size_t EndTable::memory_bytes() const {
    std::size_t total = bytes_of(texts_) + numbers_.capacity() * 4;
    for (const Width& width : widths_) total += width.places.capacity() * sizeof(Place);
    return total;
}

}  // namespace vedette::rule::sigma
