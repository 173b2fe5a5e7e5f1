// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace vedette::event {

/// Bytes that grow at their end: a std::string that can be filled in place. There are always
/// kSlackBytes writable bytes behind the end, so that short texts are copied in whole blocks.
/// Owns: its bytes; a view is good until the next growth.
class TextBuffer {
  public:
    static constexpr std::size_t kSlackBytes = 64;

    TextBuffer() = default;
    TextBuffer(TextBuffer&& other) noexcept
        : bytes_(std::move(other.bytes_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    TextBuffer& operator=(TextBuffer&& other) noexcept {
        bytes_ = std::move(other.bytes_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }

    const char* data() const { return bytes_.get(); }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    std::size_t capacity() const { return capacity_; }
    operator std::string_view() const {  // NOLINT(google-explicit-constructor)
        return {bytes_.get(), size_};
    }
    std::string_view substr(std::size_t offset, std::size_t size) const {
        return {bytes_.get() + offset, size};
    }

    /// The end, with room for `size` bytes and the slack; commit() says how many were written.
    char* grow(std::size_t size) {
        if (size + size_ + kSlackBytes > capacity_) [[unlikely]]
            reserve_more(size);
        return bytes_.get() + size_;
    }
    void commit(std::size_t size) { size_ += size; }

    void append(std::string_view text) {
        char* const end = grow(text.size());
        if (!text.empty()) std::memcpy(end, text.data(), text.size());
        size_ += text.size();
    }
    void push_back(char c) {
        *grow(1) = c;
        ++size_;
    }
    /// Forgets the bytes from `size` on.
    void cut(std::size_t size) { size_ = size; }
    void clear() { size_ = 0; }

  private:
    void reserve_more(std::size_t size) {
        const std::size_t wanted = size_ + size + kSlackBytes;
        const std::size_t capacity = wanted < 512 ? 1'024 : wanted * 2;
        auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
        if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
        bytes_ = std::move(bytes);
        capacity_ = capacity;
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace vedette::event
