// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "base/compressed_streams.h"
#include "base/utf16.h"

namespace vedette::base {

namespace {

/// Units turned at once.
constexpr std::size_t kStepUnits = 32u << 10;

bool is_high_surrogate(std::string_view little_endian_unit) {
    return (static_cast<unsigned char>(little_endian_unit[1]) & 0xFC) == 0xD8;
}

/// Text in UTF-16 as UTF-8, without its mark. Damage is no error: half a pair becomes U+FFFD.
class Utf16Stream final : public Decompressor::Stream {
  public:
    explicit Utf16Stream(bool is_big_endian) : is_big_endian_(is_big_endian) {}

    Result<void> feed(std::string_view bytes, const BytesSink& sink) override {
        while (!bytes.empty()) {
            const std::string_view piece = bytes.substr(0, 2 * kStepUnits);
            bytes.remove_prefix(piece.size());
            add(piece);
            VD_TRY_DO(give(sink));
        }
        return {};
    }

    bool is_between() const override { return units_.empty() && !has_half_; }

  private:
    /// Appends whole units, their bytes in little-endian order.
    void add(std::string_view piece) {
        if (has_half_) {
            put(half_, piece[0]);
            piece.remove_prefix(1);
        }
        has_half_ = piece.size() % 2 == 1;
        if (has_half_) {
            half_ = piece.back();
            piece.remove_suffix(1);
        }
        if (!is_big_endian_) {
            units_.append(piece);
            return;
        }
        for (std::size_t i = 0; i < piece.size(); i += 2) put(piece[i], piece[i + 1]);
    }

    void put(char first, char second) {
        if (is_big_endian_) std::swap(first, second);
        units_.push_back(first);
        units_.push_back(second);
    }

    Result<void> give(const BytesSink& sink) {
        std::string_view ready = units_;
        if (!is_past_mark_ && !ready.empty()) {
            ready.remove_prefix(2);
            is_past_mark_ = true;
        }
        // A pair must not be cut.
        const bool is_open = ready.size() >= 2 && is_high_surrogate(ready.substr(ready.size() - 2));
        if (is_open) ready.remove_suffix(2);
        text_.resize(ready.size() / 2 * kUtf8BytesPerUnitMax);
        const std::size_t size = utf16le_to_utf8(ready.data(), ready.size() / 2, text_.data());
        units_.erase(0, units_.size() - (is_open ? 2 : 0));
        return size == 0 ? Result<void>() : sink(std::string_view(text_).substr(0, size));
    }

    const bool is_big_endian_;
    bool is_past_mark_ = false, has_half_ = false;
    char half_ = 0;
    std::string units_, text_;
};

}  // namespace

std::unique_ptr<Decompressor::Stream> make_utf16_stream(bool is_big_endian) {
    return std::make_unique<Utf16Stream>(is_big_endian);
}

}  // namespace vedette::base
