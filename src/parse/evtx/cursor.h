// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace vedette::parse::evtx {

/// Reads numbers from a part of a chunk. After a read past the end every further one gives zero and
/// is_good() is false.
class Cursor {
  public:
    /// `end` lies within the chunk.
    Cursor(std::string_view chunk, std::size_t at, std::size_t end)
        : chunk_(chunk), at_(at), end_(end), is_good_(at <= end && end <= chunk.size()) {
        if (!is_good_) at_ = end_ = 0;
    }

    template <typename Integer>
    Integer get() {
        Integer value{};
        if (!need(sizeof value)) return value;
        std::memcpy(&value, chunk_.data() + at_, sizeof value);
        at_ += sizeof value;
        return value;
    }
    std::string_view take(std::size_t size) {
        if (!need(size)) return {};
        const std::string_view out = chunk_.substr(at_, size);
        at_ += size;
        return out;
    }
    bool skip(std::size_t size) {
        if (!need(size)) return false;
        at_ += size;
        return true;
    }

    std::size_t at() const { return at_; }
    std::size_t left() const { return end_ - at_; }
    bool is_good() const { return is_good_; }
    /// The next byte, or 0 (the token that ends) at the end.
    std::uint8_t peek() const {
        return at_ < end_ ? static_cast<std::uint8_t>(chunk_[at_]) : std::uint8_t{0};
    }

  private:
    bool need(std::size_t size) {
        is_good_ = is_good_ && size <= end_ - at_;
        return is_good_;
    }

    std::string_view chunk_;
    std::size_t at_, end_;
    bool is_good_;
};

/// Tokens of BinXML, without the bit that says that more follow.   Source: [MS-EVEN6] 2.2.12
enum class Token : std::uint8_t {
    end = 0x00,
    open_start_element = 0x01,
    close_start_element = 0x02,
    close_empty_element = 0x03,
    end_element = 0x04,
    value = 0x05,
    attribute = 0x06,
    cdata = 0x07,
    char_ref = 0x08,
    entity_ref = 0x09,
    pi_target = 0x0A,
    pi_data = 0x0B,
    template_instance = 0x0C,
    normal_substitution = 0x0D,
    optional_substitution = 0x0E,
    fragment_header = 0x0F,
};
inline constexpr std::uint8_t kMoreBit = 0x40;
/// What follows the token of a fragment header: version and flags.
inline constexpr std::size_t kFragmentHeaderRestBytes = 3;

}  // namespace vedette::parse::evtx
