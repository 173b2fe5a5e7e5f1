// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace vedette::learn {

/// What a primitive's save() writes into: integers little-endian, reals as their bits.
/// Lives: appends to a text that the caller owns.
class StateWriter {
  public:
    explicit StateWriter(std::string& out) : out_(&out) {}

    template <typename Integer>
    void integer(Integer value) {
        base::put(*out_, value);
    }
    void varint(std::uint64_t value) { base::put_varint(*out_, value); }
    void text(std::string_view value) { base::put_text(*out_, value); }
    void bytes(std::string_view value) { out_->append(value); }
    void real(double value) { integer(std::bit_cast<std::uint64_t>(value)); }
    void real(float value) { integer(std::bit_cast<std::uint32_t>(value)); }

  private:
    std::string* out_;
};

/// What restore() reads from. Past the end, and after a number that is none (infinite or not a
/// number), everything reads as zero and is_good() is false: check once, before use.
class StateReader {
  public:
    explicit StateReader(std::string_view bytes) : in_(bytes) {}

    template <typename Integer>
    Integer integer() {
        return in_.get<Integer>();
    }
    std::uint64_t varint() { return in_.varint(); }
    std::string_view text() { return in_.text(); }
    std::string_view bytes(std::uint64_t size) { return in_.take(size); }
    double real64() { return finite(std::bit_cast<double>(in_.get<std::uint64_t>())); }
    float real32() {
        return static_cast<float>(finite(std::bit_cast<float>(in_.get<std::uint32_t>())));
    }
    bool is_good() const { return in_.is_good() && is_finite_; }
    bool is_at_end() const { return in_.is_at_end(); }
    /// Ask before making room for `count` things of at least `bytes_each`.
    bool has_room_for(std::uint64_t count, std::size_t bytes_each) const {
        return is_good() && count <= in_.remaining() / bytes_each;
    }

  private:
    double finite(double value) {
        if (std::isfinite(value)) return value;
        is_finite_ = false;
        return 0;
    }

    base::ByteReader in_;
    bool is_finite_ = true;
};

/// The answer of restore() and check_invariants() when a state cannot be one of ours.
inline tl::unexpected<base::Error> not_ours(std::string_view kind, std::string_view what) {
    return base::fail(base::ErrorCode::corrupt,
                      "the saved " + std::string(kind) + " is damaged: " + std::string(what), {},
                      "rebuild it by replay: the journal has everything");
}

}  // namespace vedette::learn
