// SPDX-License-Identifier: Apache-2.0
#include "parse/json_string.h"

#include <array>

namespace vedette::parse::json {

namespace {

/// What the character after a backslash stands for; 0 for none. \u is read apart.
constexpr std::array<char, 256> make_escapes() {
    std::array<char, 256> table{};
    table['"'] = '"';
    table['\\'] = '\\';
    table['/'] = '/';
    table['b'] = '\b';
    table['f'] = '\f';
    table['n'] = '\n';
    table['r'] = '\r';
    table['t'] = '\t';
    return table;
}
constexpr std::array<char, 256> kEscapes = make_escapes();

constexpr std::array<std::int8_t, 256> make_digits() {
    std::array<std::int8_t, 256> table{};
    for (std::int8_t& digit : table) digit = -1;
    for (std::size_t i = 0; i < 10; ++i) table['0' + i] = static_cast<std::int8_t>(i);
    for (std::size_t i = 0; i < 6; ++i) {
        table['a' + i] = static_cast<std::int8_t>(10 + i);
        table['A' + i] = static_cast<std::int8_t>(10 + i);
    }
    return table;
}
constexpr std::array<std::int8_t, 256> kDigits = make_digits();

/// Four hexadecimal digits, or a negative number.
int hex4(const char* at) {
    const auto digit = [&](int i) -> int { return kDigits[static_cast<unsigned char>(at[i])]; };
    const int high = digit(0) | digit(1), low = digit(2) | digit(3);
    if ((high | low) < 0) return -1;
    return digit(0) << 12 | digit(1) << 8 | digit(2) << 4 | digit(3);
}

char* put_utf8(char* to, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6), put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12), put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18), put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
    }
    return to;
}

/// Reads \uXXXX, and a second one if they are a pair. `from` is at the backslash.
bool copy_unicode(char*& to, const char*& from, const char* end) {
    if (end - from < 6) return false;
    const int unit = hex4(from + 2);
    if (unit < 0) return false;
    from += 6;
    auto code = static_cast<std::uint32_t>(unit);
    if (code >= 0xD800 && code < 0xE000) {
        const bool may_be_pair =
            code < 0xDC00 && end - from >= 6 && from[0] == '\\' && from[1] == 'u';
        const int low = may_be_pair ? hex4(from + 2) : 0;
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<std::uint32_t>(low) - 0xDC00);
            from += 6;
        } else {
            code = 0xFFFD;
        }
    }
    to = put_utf8(to, code);
    return true;
}

}  // namespace

std::size_t copy_escaped(char* const begin, const char* from, std::size_t size, std::size_t at) {
    const char* const end = from + size;
    from += at;
    char* to = begin + at;
    const __m128i backslash = _mm_set1_epi8('\\');
    while (from < end) {
        if (*from == '\\') {
            if (from[1] == 'u') {
                if (!copy_unicode(to, from, end)) return kBadString;
                continue;
            }
            // The closing quote is never escaped, so there is always a byte after a backslash.
            const char plain = kEscapes[static_cast<unsigned char>(from[1])];
            if (plain == 0) return kBadString;
            *to++ = plain;
            from += 2;
            continue;
        }
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
        const auto mask =
            static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, backslash)));
        const std::ptrdiff_t plain_bytes = mask == 0 ? 16 : __builtin_ctz(mask);
        if (plain_bytes >= end - from) {
            to += end - from;
            break;
        }
        from += plain_bytes;
        to += plain_bytes;
    }
    return static_cast<std::size_t>(to - begin);
}

}  // namespace vedette::parse::json
