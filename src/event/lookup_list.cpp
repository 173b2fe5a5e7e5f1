// SPDX-License-Identifier: Apache-2.0
#include "event/lookup_list.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "event/lookup_key.h"
#include "event/lookup_limits.h"

namespace vedette::event {

std::uint32_t LookupList::first_entry(std::string_view key, std::uint64_t hash) const {
    if (slots_.empty()) return 0;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask; slots_[at] != 0; at = (at + 1) & mask) {
        if ((slots_[at] >> 32) != (hash >> 32)) continue;
        const auto number = static_cast<std::uint32_t>(slots_[at]);
        if (text_of(entries_[number - 1]) == key) return number;
    }
    return 0;
}

std::uint32_t LookupList::first_entry(std::string_view key) const {
    return first_entry(key, base::hash64(key));
}

template <typename Look>
void LookupList::each_fit(std::string_view value, const Look& look) const {
    // The Kelvin sign has three bytes and its lower case one: longer text is no key in any case.
    if (value.size() > 3 * kListKeyBytesMax) return;
    switch (definition_.match) {
        case ListMatch::exact: look(first_entry(value)); return;
        case ListMatch::text: look(first_entry(FoldedText(value).text())); return;
        case ListMatch::network: {
            const auto address = read_address(value);
            if (!address) return;
            for (const int bits : address->is_v4() ? v4_prefixes_ : v6_prefixes_) {
                const NetworkKey key({address->masked(bits), bits});
                if (look(first_entry(key.text()))) return;
            }
            return;
        }
        case ListMatch::domain: {
            FoldedText folded(value);
            const auto domain = domain_key(folded.text());
            if (!domain) return;
            for (std::string_view rest = *domain;;) {
                if (look(first_entry(rest))) return;
                const std::size_t dot = rest.find('.');
                if (dot == std::string_view::npos) return;
                rest.remove_prefix(dot + 1);
            }
        }
    }
}

std::optional<LookupList::Row> LookupList::find_network(std::string_view value) const {
    const auto address = read_address(value);
    if (!address) return std::nullopt;
    const auto& ranges = address->is_v4() ? v4_ranges_ : v6_ranges_;
    const auto behind = std::upper_bound(
        ranges.begin(), ranges.end(), *address,
        [](const Address& wanted, const RangeStart& range) { return wanted < range.from; });
    if (behind == ranges.begin()) return std::nullopt;
    const std::uint32_t number = std::prev(behind)->number;
    return number == 0 ? std::nullopt : std::optional<Row>(entries_[number - 1].row);
}

std::optional<LookupList::Row> LookupList::find(std::string_view value, base::Timestamp at) const {
    if (definition_.match == ListMatch::network && times_.empty()) return find_network(value);
    std::optional<Row> found;
    each_fit(value, [&](std::uint32_t number) {
        for (; number != 0; number = entries_[number - 1].next) {
            const Row row = entries_[number - 1].row;
            if (!times_.empty() && !times_[row].has(at)) continue;
            found = row;
            return true;
        }
        return false;
    });
    return found;
}

std::vector<LookupList::Row> LookupList::find_all(std::string_view value) const {
    std::vector<Row> found;
    each_fit(value, [&](std::uint32_t number) {
        for (; number != 0; number = entries_[number - 1].next) {
            found.push_back(entries_[number - 1].row);
        }
        return false;
    });
    return found;
}

std::string_view LookupList::added(Row row, std::size_t column) const {
    const std::uint32_t text = cells_[row * definition_.added.size() + column];
    const std::uint32_t begin = text == 0 ? 0 : text_ends_[text - 1];
    return std::string_view(texts_).substr(begin, text_ends_[text] - begin);
}

ListTimes LookupList::times(Row row) const { return times_.empty() ? ListTimes() : times_[row]; }

LookupList::Key LookupList::key(std::size_t index) const {
    const Entry& entry = entries_[index];
    Key key;
    key.row = entry.row;
    key.times = times(entry.row);
    key.text = text_of(entry);
    if (definition_.match == ListMatch::network) key.network = NetworkKey::read(key.text);
    return key;
}

std::size_t LookupList::memory_bytes() const {
    return sizeof *this + keys_.capacity() + entries_.capacity() * sizeof(Entry) +
           slots_.capacity() * 8 + lines_.capacity() * 4 + times_.capacity() * sizeof(ListTimes) +
           (v4_ranges_.capacity() + v6_ranges_.capacity()) * sizeof(RangeStart) +
           cells_.capacity() * 4 + texts_.capacity() + text_ends_.capacity() * 4;
}

}  // namespace vedette::event
