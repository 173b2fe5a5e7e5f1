// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette::rule::sigma {

/// Numbers by key: of each key 0, 1, 2, ... a list, all lists in one piece of memory.
class Lists {
  public:
    Lists() = default;
    /// Of (key, number) pairs in any order; keys are below `key_count`.
    Lists(std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs, std::size_t key_count);

    std::span<const std::uint32_t> operator[](std::uint32_t key) const {
        return {numbers_.data() + begins_[key], begins_[key + 1] - begins_[key]};
    }
    bool is_empty() const { return numbers_.empty(); }
    std::size_t memory_bytes() const { return 4 * (begins_.capacity() + numbers_.capacity()); }

  private:
    std::vector<std::uint32_t> begins_, numbers_;
};

/// Whole texts by hash.   Cost: one look-up, whatever the count.
class TextTable {
  public:
    TextTable() = default;
    /// Of (text, number) pairs; a text may come more than once.
    explicit TextTable(std::vector<std::pair<std::string, std::uint32_t>> entries);

    std::span<const std::uint32_t> find(std::string_view text) const;
    bool is_empty() const { return places_.empty(); }
    std::size_t memory_bytes() const;

  private:
    struct Place {
        std::uint64_t hash = 0;
        std::uint32_t text = 0;  // + 1; 0: free
    };
    std::vector<std::string> texts_;
    Lists numbers_;  // by text
    std::vector<Place> places_;
};

/// Texts that values begin or end with, found by their outermost 8, 4, 2 or 1 bytes, then compared.
/// Cost: a look-up for each of the four sizes that occur, then one comparison for each text with
/// the same outermost bytes.
class EndTable {
  public:
    enum class End : std::uint8_t { first, last };

    EndTable() = default;
    EndTable(End end, std::vector<std::pair<std::string, std::uint32_t>> entries);

    bool is_empty() const { return texts_.empty(); }
    std::size_t memory_bytes() const;

    /// Calls back with every number whose text the value begins or ends with.
    template <typename Callback>
    void find(std::string_view value, const Callback& callback) const {
        for (const Width& width : widths_) {
            if (value.size() < width.bytes || width.places.empty()) continue;
            const std::uint64_t key = key_of(value, width.bytes);
            for (std::uint64_t at = place_of(key, width);; ++at) {
                const Place& place = width.places[at & (width.places.size() - 1)];
                if (place.count == 0) break;
                if (place.key != key) continue;
                for (std::uint32_t i = place.begin; i < place.begin + place.count; ++i) {
                    if (has(value, texts_[i])) callback(numbers_[i]);
                }
                break;
            }
        }
    }

  private:
    struct Place {
        std::uint64_t key = 0;
        std::uint32_t begin = 0, count = 0;  // of texts_; a count of 0: free
    };
    struct Width {
        std::size_t bytes = 0;
        std::vector<Place> places;
    };

    std::uint64_t key_of(std::string_view text, std::size_t bytes) const;
    static std::uint64_t place_of(std::uint64_t key, const Width& width) {
        return (key * 0x9E37'79B9'7F4A'7C15) >> 32 & (width.places.size() - 1);
    }
    bool has(std::string_view value, std::string_view text) const {
        return end_ == End::first ? value.starts_with(text) : value.ends_with(text);
    }

    End end_ = End::first;
    std::array<Width, 4> widths_;
    std::vector<std::string> texts_;  // those of one key side by side
    std::vector<std::uint32_t> numbers_;
};

}  // namespace vedette::rule::sigma
