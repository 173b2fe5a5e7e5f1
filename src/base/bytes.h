// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace vedette::base {

static_assert(std::endian::native == std::endian::little,
              "files and wire formats of ours are little-endian; a big-endian port swaps here");

/// Appends an integer in little-endian order.
template <typename Integer>
void put(std::string& out, Integer value) {
    static_assert(std::is_integral_v<Integer>);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof value);
}

/// Appends a LEB128 variable-length integer. Source: ClickHouse "VarUInt", same as DWARF ULEB128.
inline void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

/// Appends varint length and bytes.
inline void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out.append(text);
}

/// Reads what put* wrote from bytes that may be cut or damaged. After a read past the end every
/// further read gives zero or empty and is_good() is false: check once, at the end.
/// Lives: text() borrows from the bytes handed in.
class ByteReader {
  public:
    explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

    template <typename Integer>
    Integer get() {
        Integer value{};
        if (!need(sizeof value)) return value;
        std::memcpy(&value, bytes_.data() + at_, sizeof value);
        at_ += sizeof value;
        return value;
    }

    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (!need(1)) return 0;
            const auto byte = static_cast<unsigned char>(bytes_[at_++]);
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) return value;
        }
        is_good_ = false;
        return 0;
    }

    std::string_view text() {
        const std::uint64_t size = varint();
        return take(size);
    }

    std::string_view take(std::uint64_t size) {
        if (!need(size)) return {};
        const std::string_view out = bytes_.substr(at_, size);
        at_ += size;
        return out;
    }

    bool is_good() const { return is_good_; }
    bool is_at_end() const { return at_ == bytes_.size(); }
    std::size_t position() const { return at_; }
    std::size_t remaining() const { return bytes_.size() - at_; }

  private:
    bool need(std::uint64_t size) {
        if (is_good_ && size <= bytes_.size() - at_) return true;
        is_good_ = false;
        return false;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
    bool is_good_ = true;
};

}  // namespace vedette::base
