// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::store {

/// Numbers the different texts of a column of one insert: 0 is always the empty text. Its bytes are
/// what ClickHouse's Native format wants as the dictionary of a LowCardinality column.
/// Cost: a hash and a comparison a look-up; the text of the last hit is not hashed again.
class TextDictionary {
  public:
    TextDictionary() { clear(); }

    std::uint32_t index_of(std::string_view text) {
        if (text == last_text()) return last_;
        return last_ = find_or_add(text);
    }
    std::size_t size() const { return entries_.size(); }
    std::string_view text(std::uint32_t index) const {
        const Entry& entry = entries_[index];
        return std::string_view(bytes_).substr(entry.offset, entry.size);
    }
    /// Length and bytes of each text, in order.
    const std::string& native_bytes() const { return bytes_; }
    void clear();

  private:
    struct Entry {
        std::uint64_t hash;
        std::uint32_t offset, size;
    };
    std::string_view last_text() const { return text(last_); }
    std::uint32_t find_or_add(std::string_view text);
    void grow();

    std::string bytes_;
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> slots_;  // index + 1, open addressing, at most half full
    std::uint32_t last_ = 0;
};

}  // namespace vedette::store
