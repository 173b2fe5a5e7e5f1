// SPDX-License-Identifier: Apache-2.0
#include "learn/templates/word_table.h"

#include "base/hash.h"

namespace vedette::learn {

namespace {

// A word's own entry, its place in the table by hash (a node of std::unordered_map), its text.
std::size_t bytes_of(std::string_view text) { return sizeof(Word) + 40 + text.size(); }

}  // namespace

std::uint64_t word_hash(std::string_view word) { return base::hash64(word); }

std::uint64_t word_key_hash(std::string_view word, std::uint32_t key_bytes) {
    return key_bytes == 0 ? 0 : base::hash64(word.substr(0, key_bytes));
}

std::uint32_t WordTable::use(std::string_view text) {
    const std::uint64_t hash = word_hash(text);
    const auto [entry, is_new] = numbers_.emplace(hash, 0);
    if (!is_new) {
        ++words_[entry->second].uses;
        return entry->second;
    }
    std::uint32_t number = static_cast<std::uint32_t>(words_.size());
    if (free_.empty()) {
        words_.emplace_back();
    } else {
        number = free_.back();
        free_.pop_back();
    }
    entry->second = number;
    Word& word = words_[number];
    word.text.assign(text);
    word.hash = hash;
    word.traits = traits_of(text);
    word.key_hash = word_key_hash(text, word.traits.key_bytes);
    word.uses = 1;
    bytes_ += bytes_of(text);
    return number;
}

void WordTable::release(std::uint32_t number) {
    Word& word = words_[number];
    if (--word.uses != 0) return;
    bytes_ -= bytes_of(word.text);
    numbers_.erase(word.hash);
    std::string().swap(word.text);
    free_.push_back(number);
}

void WordTable::clear() {
    words_.clear();
    free_.clear();
    numbers_.clear();
    bytes_ = 0;
}

}  // namespace vedette::learn
