// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/encode.h"

#include <algorithm>
#include <cstdint>

#include "rule/sigma/fold.h"

namespace vedette::rule::sigma {

namespace {

constexpr std::string_view kBase64Alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::array<std::string_view, 5> kDashes = {"-", "/", "\u2013", "\u2014", "\u2015"};
constexpr std::int32_t kReplacement = 0xFFFD;

bool is_dash(std::int32_t code_point) {
    return code_point == '-' || code_point == '/' || (code_point >= 0x2013 && code_point <= 0x2015);
}

void append_unit(std::string& out, std::uint32_t unit, Utf16 order) {
    const char low = static_cast<char>(unit & 0xFF), high = static_cast<char>(unit >> 8 & 0xFF);
    out.push_back(order == Utf16::big ? high : low);
    out.push_back(order == Utf16::big ? low : high);
}

/// The text cut at its flag dashes: parts[0] dash parts[1] dash ...; `dashes` are as written.
struct DashedText {
    std::vector<std::string> parts{1};
    std::vector<std::string> dashes;
};

DashedText cut_at_dashes(std::string_view text) {
    DashedText cut;
    bool is_after_word = false;
    for (std::size_t index = 0; index < text.size();) {
        const std::size_t begin = index;
        const std::int32_t code_point = next_code_point(text, index);
        const std::string_view bytes = text.substr(begin, index - begin);
        std::size_t behind = index;
        const bool is_before_word = behind < text.size() && is_word(next_code_point(text, behind));
        if (is_dash(code_point) && !is_after_word && is_before_word) {
            cut.dashes.emplace_back(bytes);
            cut.parts.emplace_back();
        } else {
            cut.parts.back() += bytes;
        }
        is_after_word = is_word(code_point);
    }
    return cut;
}

}  // namespace

std::string base64(std::string_view bytes) {
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            out.push_back(k <= count ? kBase64Alphabet[group >> (18 - 6 * k) & 63] : '=');
        }
    }
    return out;
}

std::array<std::string, 3> base64_offsets(std::string_view bytes) {
    // Characters spoiled by what stands before (by offset) and behind (by bytes in the last group).
    constexpr std::array<std::size_t, 3> kSpoiledBefore = {0, 2, 3};
    constexpr std::array<std::size_t, 3> kSpoiledBehind = {0, 3, 2};
    std::array<std::string, 3> out;
    for (std::size_t offset = 0; offset < 3; ++offset) {
        const std::string encoded = base64(std::string(offset, ' ').append(bytes));
        const std::size_t behind = kSpoiledBehind[(bytes.size() + offset) % 3];
        const std::size_t before = kSpoiledBefore[offset];
        if (encoded.size() > before + behind) {
            out[offset] = encoded.substr(before, encoded.size() - before - behind);
        }
    }
    return out;
}

std::string utf16(std::string_view text, Utf16 order) {
    std::string out;
    if (order == Utf16::little_with_mark) out = "\xFF\xFE";
    for (std::size_t index = 0; index < text.size();) {
        std::int32_t code_point = next_code_point(text, index);
        if (code_point < 0) code_point = kReplacement;
        auto rest = static_cast<std::uint32_t>(code_point);
        if (rest >= 0x10000) {
            rest -= 0x10000;
            append_unit(out, 0xD800 + (rest >> 10), order);
            append_unit(out, 0xDC00 + (rest & 0x3FF), order);
        } else {
            append_unit(out, rest, order);
        }
    }
    return out;
}

std::vector<std::string> windash(std::string_view text, std::size_t count_max) {
    const DashedText cut = cut_at_dashes(text);
    std::vector<std::string> out = {cut.parts[0]};
    for (std::size_t i = 0; i < cut.dashes.size(); ++i) {
        std::vector<std::string_view> choices = {cut.dashes[i]};
        for (const std::string_view dash : kDashes) {
            if (dash != cut.dashes[i]) choices.push_back(dash);
        }
        std::vector<std::string> longer;
        for (const std::string& begin : out) {
            for (const std::string_view dash : choices) {
                if (longer.size() > count_max) break;
                longer.push_back(begin + std::string(dash) + cut.parts[i + 1]);
            }
        }
        out = std::move(longer);
    }
    return out;
}

}  // namespace vedette::rule::sigma
