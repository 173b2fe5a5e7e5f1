// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "parse/user_made/limits.h"

namespace vedette::parse::user_made {

/// The bytes that a row's conversions write. They stay where they are until the next row, so that
/// values are plain views; nothing is allocated once the first block is large enough.
/// Threads: one at a time.
class RowText {
  public:
    /// Room for `size` bytes; what was given before stays.
    char* take(std::size_t size) {
        if (size > left_) more(size);
        char* const out = next_;
        next_ += size;
        left_ -= size;
        return out;
    }
    /// Gives back what was not needed of the last take().
    void give_back(std::size_t size) {
        next_ -= size;
        left_ += size;
    }
    std::string_view copy(std::string_view text) {
        char* const to = take(text.size());
        if (!text.empty()) std::memcpy(to, text.data(), text.size());
        return {to, text.size()};
    }
    /// Forgets everything.
    void clear() {
        if (blocks_.empty()) return;
        if (blocks_.size() > 1 || blocks_[0].size > kRowTextKeptBytes) {
            blocks_.clear();
            next_ = nullptr;
            left_ = 0;
            return;
        }
        next_ = blocks_[0].bytes.get();
        left_ = blocks_[0].size;
    }

  private:
    struct Block {
        std::unique_ptr<char[]> bytes;
        std::size_t size = 0;
    };
    void more(std::size_t size) {
        const std::size_t block = size > kRowTextKeptBytes ? size : kRowTextKeptBytes;
        blocks_.push_back({std::make_unique<char[]>(block), block});
        next_ = blocks_.back().bytes.get();
        left_ = block;
    }

    std::vector<Block> blocks_;
    char* next_ = nullptr;
    std::size_t left_ = 0;
};

}  // namespace vedette::parse::user_made
