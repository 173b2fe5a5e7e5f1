// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "learn/templates/masked_line.h"

namespace vedette::learn {

/// A word as a template miner keeps it: once, however many lines have it.
struct Word {
    std::string text;
    std::uint64_t hash = 0;      ///< of the text
    std::uint64_t key_hash = 0;  ///< of its head that names a value; 0 without one
    WordTraits traits;
    std::uint32_t uses = 0;
};

std::uint64_t word_hash(std::string_view word);
/// Of the word's first `key_bytes`; 0 if there are none.
std::uint64_t word_key_hash(std::string_view word, std::uint32_t key_bytes);

/// Words by number. A number stays valid while somebody uses the word.
class WordTable {
  public:
    /// The word's number; it has one use more.
    std::uint32_t use(std::string_view text);
    void release(std::uint32_t number);

    const Word& operator[](std::uint32_t number) const { return words_[number]; }
    std::size_t size() const { return numbers_.size(); }
    std::size_t memory_bytes() const { return bytes_; }
    void clear();

  private:
    std::vector<Word> words_;
    std::vector<std::uint32_t> free_;
    std::unordered_map<std::uint64_t, std::uint32_t> numbers_;  // by hash
    std::size_t bytes_ = 0;
};

}  // namespace vedette::learn
