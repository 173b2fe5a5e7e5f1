// SPDX-License-Identifier: Apache-2.0
#include "base/json_scan.h"

#include <emmintrin.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace vedette::base {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Where the first quote, backslash or control character stands at or behind `at`.
std::size_t find_special(std::string_view text, std::size_t at) {
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    const __m128i last_control = _mm_set1_epi8(0x1F);
    for (; at + 16 <= text.size(); at += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        const __m128i marks =
            _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
        const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
        const int mask = _mm_movemask_epi8(_mm_or_si128(marks, controls));
        if (mask != 0) return at + static_cast<std::size_t>(__builtin_ctz(unsigned(mask)));
    }
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) break;
        ++at;
    }
    return at;
}

std::optional<std::uint32_t> hex4(std::string_view text) {
    if (text.size() < 4) return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : text.substr(0, 4)) {
        value <<= 4;
        if (c >= '0' && c <= '9') {
            value |= static_cast<std::uint32_t>(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value |= static_cast<std::uint32_t>(c - 'a' + 10);
        } else if (c >= 'A' && c <= 'F') {
            value |= static_cast<std::uint32_t>(c - 'A' + 10);
        } else {
            return std::nullopt;
        }
    }
    return value;
}

void append_utf8(std::string& out, std::uint32_t point) {
    if (point < 0x80) {
        out.push_back(static_cast<char>(point));
    } else if (point < 0x800) {
        out.push_back(static_cast<char>(0xC0 | point >> 6));
        out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
    } else if (point < 0x1'0000) {
        out.push_back(static_cast<char>(0xE0 | point >> 12));
        out.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
    } else {
        out.push_back(static_cast<char>(0xF0 | point >> 18));
        out.push_back(static_cast<char>(0x80 | (point >> 12 & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
    }
}

/// Appends what "\uXXXX" at the front of `rest` stands for, with its other half if there is one.
bool take_unicode(std::string& out, std::string_view& rest) {
    const auto first = hex4(rest.substr(2));
    if (!first) return false;
    rest.remove_prefix(6);
    std::uint32_t point = *first;
    if (point >= 0xD800 && point <= 0xDFFF) {
        const auto second =
            point < 0xDC00 && rest.starts_with("\\u") ? hex4(rest.substr(2)) : std::nullopt;
        if (second && *second >= 0xDC00 && *second <= 0xDFFF) {
            point = 0x1'0000 + ((point - 0xD800) << 10) + (*second - 0xDC00);
            rest.remove_prefix(6);
        } else {
            point = 0xFFFD;
        }
    }
    append_utf8(out, point);
    return true;
}

}  // namespace

char JsonScan::peek() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonScan::string(std::string_view& written) {
    if (peek() != '"') return false;
    const std::size_t begin = ++at_;
    while (true) {
        at_ = find_special(text_, at_);
        if (at_ >= text_.size()) return false;
        if (text_[at_] == '"') break;
        if (text_[at_] != '\\' || at_ + 1 >= text_.size()) return false;
        if (std::string_view("\"\\/bfnrtu").find(text_[at_ + 1]) == std::string_view::npos) {
            return false;
        }
        if (text_[at_ + 1] == 'u' && !hex4(text_.substr(at_ + 2))) return false;
        at_ += 2;
    }
    written = text_.substr(begin, at_ - begin);
    ++at_;
    return true;
}

bool JsonScan::value(std::string_view& written, int depth) {
    peek();
    const std::size_t begin = at_;
    if (!skip(depth)) return false;
    written = text_.substr(begin, at_ - begin);
    return true;
}

bool JsonScan::skip(int depth) {
    std::string_view passed;
    switch (peek()) {
        case '"': return string(passed);
        case '{':
            return depth < kJsonDepthMax &&
                   object([&](std::string_view) { return skip(depth + 1); });
        case '[': return depth < kJsonDepthMax && list([&] { return skip(depth + 1); });
        case 't': return word("true");
        case 'f': return word("false");
        case 'n': return word("null");
        default: return number();
    }
}

bool JsonScan::word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
}

bool JsonScan::digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > begin;
}

bool JsonScan::number() {
    const auto is_at = [&](char c) { return at_ < text_.size() && text_[at_] == c; };
    if (is_at('-')) ++at_;
    const bool has_leading_zero = is_at('0');
    const std::size_t begin = at_;
    if (!digits() || (has_leading_zero && at_ - begin > 1)) return false;
    if (is_at('.')) {
        ++at_;
        if (!digits()) return false;
    }
    if (is_at('e') || is_at('E')) {
        ++at_;
        if (is_at('+') || is_at('-')) ++at_;
        if (!digits()) return false;
    }
    return true;
}

bool append_json_unescaped(std::string& out, std::string_view written) {
    while (!written.empty()) {
        const std::size_t plain = std::min(written.find('\\'), written.size());
        out.append(written.substr(0, plain));
        written.remove_prefix(plain);
        if (written.empty()) return true;
        if (written.size() < 2) return false;
        if (written[1] == 'u') {
            if (!take_unicode(out, written)) return false;
            continue;
        }
        static constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
        const std::size_t which = kLetters.find(written[1]);
        if (which == std::string_view::npos) return false;
        out.push_back(kMeanings[which]);
        written.remove_prefix(2);
    }
    return true;
}

}  // namespace vedette::base
