// SPDX-License-Identifier: Apache-2.0
#include "base/utf16.h"

#include <emmintrin.h>

#include <cstdint>
#include <cstring>

namespace vedette::base {

namespace {

constexpr std::size_t kStep = 8;  // units of one SSE register

std::uint32_t unit_at(const char* utf16, std::size_t index) {
    std::uint16_t unit = 0;
    std::memcpy(&unit, utf16 + 2 * index, sizeof unit);
    return unit;
}

char* put_code(std::uint32_t code, char* out) {
    const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
    return out;
}

// The character that begins at `index`, which moves behind it.
std::uint32_t code_at(const char* utf16, std::size_t units, std::size_t& index) {
    constexpr std::uint32_t kReplacement = 0xFFFD;
    const std::uint32_t high = unit_at(utf16, index++);
    if ((high & 0xF800) != 0xD800) return high;
    if ((high & 0x0400) != 0 || index == units) return kReplacement;
    const std::uint32_t low = unit_at(utf16, index);
    if ((low & 0xFC00) != 0xDC00) return kReplacement;
    ++index;
    return 0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF);
}

}  // namespace

std::size_t utf16le_to_utf8(const char* utf16, std::size_t units, char* out) {
    char* const begin = out;
    const __m128i beyond_ascii = _mm_set1_epi16(static_cast<short>(0xFF80));
    std::size_t at = 0;
    while (at < units) {
        if (units - at >= kStep) {
            const __m128i eight = _mm_loadu_si128(reinterpret_cast<const __m128i*>(utf16 + 2 * at));
            const __m128i is_ascii =
                _mm_cmpeq_epi16(_mm_and_si128(eight, beyond_ascii), _mm_setzero_si128());
            if (_mm_movemask_epi8(is_ascii) == 0xFFFF) {
                _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(eight, eight));
                out += kStep;
                at += kStep;
                continue;
            }
        }
        const std::size_t stop = units - at >= kStep ? at + kStep : units;
        while (at < stop) out = put_code(code_at(utf16, units, at), out);
    }
    return static_cast<std::size_t>(out - begin);
}

}  // namespace vedette::base
