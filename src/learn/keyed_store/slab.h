// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

namespace vedette::learn {

/// Data of one tier with their keys and ranks, without gaps, in chunks of about 64 KiB: growing
/// never copies, and memory goes back when it is not needed.
/// References stay good until that place is removed.
template <typename T>
class Slab {
    static_assert(std::is_trivially_copyable_v<T>, "data own no memory beside themselves");

  public:
    struct Item {
        std::uint64_t key = 0;
        double rank = 0;
        T data{};
    };
    static constexpr std::size_t kPerChunk = std::max<std::size_t>(1, 65'536 / sizeof(Item));
    static constexpr std::size_t kChunkBytes = kPerChunk * sizeof(Item) + 2 * sizeof(void*);

    std::size_t size() const { return size_; }
    bool needs_chunk() const { return size_ == chunks_.size() * kPerChunk; }
    Item& operator[](std::size_t i) { return chunks_[i / kPerChunk][i % kPerChunk]; }
    const Item& operator[](std::size_t i) const { return chunks_[i / kPerChunk][i % kPerChunk]; }

    void prefetch(std::size_t i) const {
        constexpr std::size_t kLineBytes = 64;
        const char* const begin = reinterpret_cast<const char*>(&(*this)[i]);
        for (std::size_t at = 0; at < sizeof(Item); at += kLineBytes) {
            __builtin_prefetch(begin + at, 1);
        }
        __builtin_prefetch(begin + sizeof(Item) - 1, 1);
    }

    std::size_t push(const Item& item) {
        if (needs_chunk()) chunks_.push_back(std::make_unique<Item[]>(kPerChunk));
        (*this)[size_] = item;
        return size_++;
    }
    /// The last one moves into its place.
    void remove(std::size_t i) {
        (*this)[i] = (*this)[size_ - 1];
        --size_;
        if (size_ <= (chunks_.size() - 1) * kPerChunk) chunks_.pop_back();
    }
    void clear() {
        chunks_.clear();
        size_ = 0;
    }
    /// Two pointers a chunk stand for the list of chunks, whatever it came to by growing.
    std::size_t memory_bytes() const { return chunks_.size() * kChunkBytes; }

  private:
    std::size_t size_ = 0;
    std::vector<std::unique_ptr<Item[]>> chunks_;
};

}  // namespace vedette::learn
