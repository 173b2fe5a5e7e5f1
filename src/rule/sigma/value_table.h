// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::rule::sigma {

/// The different values of one column of one batch, each folded once, their folded texts one behind
/// the other: what the tests of a field are asked of. Real columns repeat themselves: a value that
/// four hundred events of a batch share is judged once. Nothing is kept from batch to batch but the
/// memory.
/// Lives: borrows the texts added until clear().   Threads: one.
class ValueTable {
  public:
    /// Forgets all values and makes room for so many to come.
    void clear(std::size_t count_max);

    /// The number of a value, from 0 in order of appearance; known texts give the number they have.
    /// A text whose place in the table is taken by too many others gets a new number.
    std::uint32_t add(std::string_view text);

    std::size_t size() const { return values_.size(); }
    std::string_view raw(std::uint32_t value) const { return values_[value].raw; }
    std::string_view folded(std::uint32_t value) const {
        return {folded_.data() + values_[value].folded_begin, values_[value].folded_size};
    }
    std::size_t folded_begin(std::uint32_t value) const { return values_[value].folded_begin; }
    /// All folded texts in order, each followed by a NUL.
    std::string_view folded_text() const { return {folded_.data(), folded_size_}; }
    std::size_t memory_bytes() const;

  private:
    struct Value {
        std::string_view raw;
        std::size_t folded_begin, folded_size;
    };
    struct Place {
        std::uint64_t hash;
        std::uint32_t value;
        std::uint32_t round;
    };

    void append_folded(std::string_view text);

    std::vector<Value> values_;
    std::vector<char> folded_;  // of which folded_size_ bytes are in use
    std::size_t folded_size_ = 0;
    std::vector<Place> places_;  // a power of two
    std::uint64_t mask_ = 0;
    std::uint32_t round_ = 0;  // places of earlier rounds are free
    std::string buffer_;
};

/// A quick hash for tables that live in memory only.
std::uint64_t text_hash(std::string_view text);

}  // namespace vedette::rule::sigma
