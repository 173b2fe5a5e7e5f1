// SPDX-License-Identifier: Apache-2.0
#include "parse/evtx/escape.h"

#include <emmintrin.h>

#include <array>
#include <cstdint>

namespace vedette::parse::evtx {

namespace {

enum Class : std::uint8_t { kPlain, kInTextToo, kInAttribute };

constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> out{};
    for (std::size_t c = 0; c < 0x20; ++c) out[c] = kInTextToo;
    out['\t'] = out['\n'] = out['\r'] = kPlain;
    out['&'] = out['<'] = out['>'] = kInTextToo;
    out['\''] = kInAttribute;
    return out;
}
constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

void append_reference(event::TextBuffer& out, char c) {
    switch (c) {
        case '&': out.append("&amp;"); return;
        case '<': out.append("&lt;"); return;
        case '>': out.append("&gt;"); return;
        case '\'': out.append("&apos;"); return;
        default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append(byte < 0x10 ? "&#x" : "&#x1");
    out.push_back("0123456789ABCDEF"[byte & 0xF]);
    out.push_back(';');
}

// Whether one of sixteen bytes may need a reference: it is a control character or one of & ' < >.
bool may_need_reference(const char* text) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
    const auto is = [&](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    const __m128i is_control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    const __m128i quotes = _mm_or_si128(is('&'), is('\''));
    const __m128i found =
        _mm_or_si128(_mm_or_si128(is_control, quotes), _mm_or_si128(is('<'), is('>')));
    return _mm_movemask_epi8(found) != 0;
}

}  // namespace

void append_escaped(event::TextBuffer& out, std::string_view text, bool is_attribute) {
    const std::uint8_t least = is_attribute ? kInAttribute : kInTextToo;
    const auto needs = [&](char c) {
        const std::uint8_t kind = kClasses[static_cast<unsigned char>(c)];
        return kind != kPlain && kind <= least;
    };
    constexpr std::size_t kBlock = 16;
    std::size_t at = 0;
    while (at < text.size()) {
        std::size_t stop = at;
        while (stop + kBlock <= text.size() && !may_need_reference(text.data() + stop)) {
            stop += kBlock;
        }
        while (stop < text.size() && !needs(text[stop])) ++stop;
        out.append(text.substr(at, stop - at));
        if (stop < text.size()) append_reference(out, text[stop++]);
        at = stop;
    }
}

}  // namespace vedette::parse::evtx
