// SPDX-License-Identifier: Apache-2.0
#include "parse/quoted_text.h"

#include <algorithm>
#include <charconv>

#include "parse/clean_text.h"

namespace vedette::parse {

namespace {

/// The value of `count` hexadecimal digits at the front of `text`, or -1.
int hex_value(std::string_view text, std::size_t count) {
    int value = 0;
    const std::string_view digits = text.substr(0, count);
    const char* const end = digits.data() + digits.size();
    const bool has_sign = !digits.empty() && (digits[0] == '-' || digits[0] == '+');
    if (digits.size() < count || has_sign) return -1;
    return std::from_chars(digits.data(), end, value, 16).ptr == end ? value : -1;
}

void append_utf8(std::string& out, int code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xE0 | (code >> 12));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

/// Appends what the escape behind a backslash stands for and returns its size, or 0.
std::size_t append_escape(std::string& out, std::string_view behind) {
    if (behind.empty()) return 0;
    constexpr std::string_view kLetters = "ntrbvf\"\\'/";
    constexpr std::string_view kBytes = "\n\t\r\b\v\f\"\\'/";
    if (behind[0] == 'x') {
        const int value = hex_value(behind.substr(1), 2);
        if (value < 0) return 0;
        out += static_cast<char>(value);
        return 3;
    }
    if (behind[0] == 'u') {
        const int value = hex_value(behind.substr(1), 4);
        if (value < 0) return 0;
        append_utf8(out, value);
        return 5;
    }
    const std::size_t at = kLetters.find(behind[0]);
    if (at == std::string_view::npos) return 0;
    out += kBytes[at];
    return 1;
}

}  // namespace

std::optional<Quoted> read_quoted(TextScanner& scanner) {
    const std::string_view rest = scanner.rest();
    if (rest.empty() || rest.front() != '"') return std::nullopt;
    bool has_escapes = false;
    std::size_t at = 1;
    while ((at = rest.find_first_of("\"\\", at)) != std::string_view::npos) {
        if (rest[at] == '"') {
            const Quoted out{rest.substr(1, at - 1), has_escapes};
            scanner = TextScanner(rest.substr(at + 1));
            return out;
        }
        has_escapes = true;
        at = std::min(at + 2, rest.size());
    }
    return std::nullopt;
}

std::string_view unescape_bytes(std::string_view text, std::string& scratch) {
    std::size_t at = text.find('\\');
    if (at == std::string_view::npos) return text;
    std::string bytes(text.substr(0, at));
    while (at < text.size()) {
        const std::size_t size = append_escape(bytes, text.substr(at + 1));
        if (size == 0) bytes += '\\';
        const std::size_t begin = at + 1 + size;
        at = std::min(text.find('\\', begin), text.size());
        bytes += text.substr(begin, at - begin);
    }
    const CleanText clean = clean_text(bytes, scratch);
    if (clean.text.data() != scratch.data()) scratch.swap(bytes);
    return scratch;
}

}  // namespace vedette::parse
