// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <emmintrin.h>

#include <cstddef>
#include <cstdint>

namespace vedette::parse::json {

/// Bytes that must be readable behind the source and writable behind the target of copy_string.
inline constexpr std::size_t kCopySlackBytes = 32;
/// No size: an escape is none of RFC 8259.
inline constexpr std::size_t kBadString = static_cast<std::size_t>(-1);

/// Goes on with a string from its first backslash at `at`. See copy_string.
std::size_t copy_escaped(char* to, const char* from, std::size_t size, std::size_t at);

/// Copies a JSON string of `size` bytes between its quotes and resolves its escapes; half a
/// surrogate pair becomes U+FFFD. Returns the bytes written, at most `size`, or kBadString. Cost:
/// 16 bytes a step where nothing is escaped.
inline std::size_t copy_string(char* to, const char* from, std::size_t size) {
    const __m128i backslash = _mm_set1_epi8('\\');
    for (std::size_t at = 0; at < size; at += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), block);
        const auto mask =
            static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, backslash)));
        if (mask != 0) [[unlikely]] {
            const std::size_t first = at + static_cast<std::size_t>(__builtin_ctz(mask));
            return first < size ? copy_escaped(to, from, size, first) : size;
        }
    }
    return size;
}

}  // namespace vedette::parse::json
