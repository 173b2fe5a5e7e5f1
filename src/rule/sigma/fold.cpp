// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/fold.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "base/json_text.h"

namespace vedette::rule::sigma {

namespace {

char fold_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_ascii_byte(char c) { return static_cast<unsigned char>(c) < 0x80; }

void append_code_point(std::string& out, std::int32_t code_point) {
    char bytes[U8_MAX_LENGTH];
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, code_point);
    out.append(bytes, static_cast<std::size_t>(size));
}

}  // namespace

std::int32_t next_code_point(std::string_view text, std::size_t& index) {
    const std::size_t size = base::utf8_sequence_size(text.substr(index));
    if (size == 0) {
        ++index;
        return -1;
    }
    std::int32_t code_point = 0;
    std::size_t at = index;
    U8_NEXT_UNSAFE(text.data(), at, code_point);
    index += size;
    return code_point;
}

void fold_into(std::string_view text, std::string& out) {
    out.resize(text.size());
    const auto other = std::find_if_not(text.begin(), text.end(), is_ascii_byte);
    std::transform(text.begin(), other, out.begin(), fold_ascii);
    auto index = static_cast<std::size_t>(other - text.begin());
    if (index == text.size()) return;
    out.resize(index);
    while (index < text.size()) {
        const char byte = text[index];
        const std::int32_t code_point = next_code_point(text, index);
        if (code_point < 0) {
            out.push_back(byte);
        } else {
            append_code_point(out, u_tolower(code_point));
        }
    }
}

std::string fold(std::string_view text) {
    std::string out;
    fold_into(text, out);
    return out;
}

const std::vector<std::string>& characters_folding_to_ascii() {
    static const std::vector<std::string> kCharacters = [] {
        std::vector<std::string> out;
        for (std::int32_t code_point = 0x80; code_point <= UCHAR_MAX_VALUE; ++code_point) {
            if (u_tolower(code_point) >= 0x80) continue;
            append_code_point(out.emplace_back(), code_point);
        }
        return out;
    }();
    return kCharacters;
}

bool is_word(std::int32_t code_point) {
    return code_point == '_' || (code_point >= 0 && u_isalnum(code_point) != 0);
}

std::string cut_text(std::string_view text, std::size_t size_bytes_max) {
    if (text.size() <= size_bytes_max) return std::string(text);
    std::size_t size = size_bytes_max;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    return std::string(text.substr(0, size)) + "...";
}

}  // namespace vedette::rule::sigma
