// SPDX-License-Identifier: Apache-2.0
#include "store/text_dictionary.h"

#include "base/bytes.h"
#include "base/hash.h"

namespace vedette::store {

namespace {

constexpr std::size_t kSlotsMin = 64;

}  // namespace

void TextDictionary::clear() {
    bytes_.clear();
    entries_.clear();
    slots_.assign(kSlotsMin, 0);
    last_ = 0;
    // The empty text; its slot is found like any other's.
    entries_.push_back({0, 1, 0});
    base::put_varint(bytes_, 0);
}

std::uint32_t TextDictionary::find_or_add(std::string_view text) {
    if (text.empty()) return 0;
    const std::uint64_t hash = base::hash64(text);
    std::size_t at = hash & (slots_.size() - 1);
    for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
        const std::uint32_t index = slots_[at] - 1;
        if (entries_[index].hash == hash && this->text(index) == text) return index;
    }
    const auto index = static_cast<std::uint32_t>(entries_.size());
    base::put_varint(bytes_, text.size());
    entries_.push_back(
        {hash, static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(text.size())});
    bytes_.append(text);
    slots_[at] = index + 1;
    if (entries_.size() * 2 > slots_.size()) grow();
    return index;
}

void TextDictionary::grow() {
    slots_.assign(slots_.size() * 2, 0);
    for (std::uint32_t index = 1; index < entries_.size(); ++index) {
        std::size_t at = entries_[index].hash & (slots_.size() - 1);
        while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
        slots_[at] = index + 1;
    }
}

}  // namespace vedette::store
