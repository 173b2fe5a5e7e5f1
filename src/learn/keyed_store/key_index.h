// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "learn/random.h"

namespace vedette::learn {

/// From a key to the place where its data lies. The keys lie there too, the table holds 32 bits of
/// each: 8 bytes an entry, at most three quarters full.
/// What find() answers never depends on how the table came about.
/// Cost: one or two cache lines.
class KeyIndex {
  public:
    static constexpr std::uint32_t kNowhere = UINT32_MAX;

    /// `salt` is mixed into the layout, so that nobody outside can make keys that crowd together.
    explicit KeyIndex(std::uint64_t salt) : salt_(salt), entries_(kEntriesMin) {}

    /// `key_at(place)` gives the key that lies there. kNowhere if the key is not in.
    template <typename KeyAt>
    std::uint32_t find(std::uint64_t key, const KeyAt& key_at) const {
        const std::uint32_t tag = tag_of(key);
        for (std::size_t i = home(tag);; i = next(i)) {
            const Entry& entry = entries_[i];
            if (entry.place == kNowhere) return kNowhere;
            if (entry.tag == tag && key_at(entry.place) == key) return entry.place;
        }
    }
    /// Like find(), but by the table alone: a place where the key most likely lies, if it is in.
    std::uint32_t guess(std::uint64_t key) const {
        const std::uint32_t tag = tag_of(key);
        for (std::size_t i = home(tag);; i = next(i)) {
            if (entries_[i].place == kNowhere || entries_[i].tag == tag) return entries_[i].place;
        }
    }
    void prefetch(std::uint64_t key) const { __builtin_prefetch(&entries_[home(tag_of(key))]); }
    /// The key is not in, and there is room: !needs_growth().
    void insert(std::uint64_t key, std::uint32_t place);
    /// The key is in, at `from`.
    void move(std::uint64_t key, std::uint32_t from, std::uint32_t to);
    void remove(std::uint64_t key, std::uint32_t place);

    std::size_t size() const { return size_; }
    bool needs_growth() const { return (size_ + 1) * 4 > entries_.size() * 3; }
    /// What grow() needs beside what there is, for a moment.
    std::size_t growth_bytes() const { return entries_.size() * 2 * sizeof(Entry); }
    void grow();
    std::size_t memory_bytes() const { return entries_.size() * sizeof(Entry); }

  private:
    static constexpr std::size_t kEntriesMin = 64;
    struct Entry {
        std::uint32_t tag = 0, place = kNowhere;
    };
    std::uint32_t tag_of(std::uint64_t key) const {
        return static_cast<std::uint32_t>(pair_key(salt_, key) >> 32);
    }
    std::size_t home(std::uint32_t tag) const {
        return static_cast<std::size_t>(tag) * entries_.size() >> 32;
    }
    std::size_t next(std::size_t i) const { return i + 1 == entries_.size() ? 0 : i + 1; }
    std::size_t entry_of(std::uint64_t key, std::uint32_t place) const;
    void put(Entry entry);

    std::uint64_t salt_;
    std::size_t size_ = 0;
    std::vector<Entry> entries_;
};

}  // namespace vedette::learn
