// SPDX-License-Identifier: Apache-2.0
#include "learn/keyed_store/key_index.h"

#include <utility>

#include "base/check.h"

namespace vedette::learn {

void KeyIndex::put(Entry entry) {
    std::size_t i = home(entry.tag);
    while (entries_[i].place != kNowhere) i = next(i);
    entries_[i] = entry;
}

void KeyIndex::insert(std::uint64_t key, std::uint32_t place) {
    VD_CHECK(!needs_growth() && place != kNowhere);
    put({tag_of(key), place});
    ++size_;
}

std::size_t KeyIndex::entry_of(std::uint64_t key, std::uint32_t place) const {
    std::size_t i = home(tag_of(key));
    while (entries_[i].place != place) {
        VD_CHECK(entries_[i].place != kNowhere);
        i = next(i);
    }
    return i;
}

void KeyIndex::move(std::uint64_t key, std::uint32_t from, std::uint32_t to) {
    entries_[entry_of(key, from)].place = to;
}

void KeyIndex::remove(std::uint64_t key, std::uint32_t place) {
    std::size_t hole = entry_of(key, place);
    // What follows moves up into the hole, unless it would stand before its home then.
    for (std::size_t i = next(hole); entries_[i].place != kNowhere; i = next(i)) {
        const std::size_t from_home =
            (i + entries_.size() - home(entries_[i].tag)) % entries_.size();
        const std::size_t from_hole = (i + entries_.size() - hole) % entries_.size();
        if (from_home >= from_hole) {
            entries_[hole] = entries_[i];
            hole = i;
        }
    }
    entries_[hole] = {};
    --size_;
}

void KeyIndex::grow() {
    std::vector<Entry> old(entries_.size() * 2);
    std::swap(old, entries_);
    for (const Entry& entry : old) {
        if (entry.place != kNowhere) put(entry);
    }
}

}  // namespace vedette::learn
