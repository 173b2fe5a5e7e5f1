// SPDX-License-Identifier: Apache-2.0
#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/json_text.h"
#include "report/limits.h"

namespace vedette::report {

namespace {

constexpr std::string_view kTextEllipsis = "\xE2\x80\xA6";

struct Range {
    char32_t first, last;
};

// Characters that draw nothing, turn the direction of others, or end a line.
constexpr Range kHidden[] = {
    {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},     {0x061C, 0x061C},   {0x115F, 0x1160},
    {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},   {0x3164, 0x3164},
    {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF}};

constexpr Range kCombining[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},
    {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
    {0x20D0, 0x20FF}, {0x302A, 0x302D}, {0x3099, 0x309A}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

constexpr Range kWide[] = {
    {0x1100, 0x115E},   {0x231A, 0x231B},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x16FE0, 0x18CFF}, {0x1B000, 0x1B2FF}, {0x1F004, 0x1F004},
    {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F19A}, {0x1F200, 0x1F64F}, {0x1F680, 0x1F6FF},
    {0x1F7E0, 0x1F7EB}, {0x1F90C, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD}};

template <std::size_t Count>
bool is_in(char32_t code, const Range (&ranges)[Count]) {
    const auto* at = std::upper_bound(std::begin(ranges), std::end(ranges), code,
                                      [](char32_t a, const Range& b) { return a < b.first; });
    return at != std::begin(ranges) && code <= std::prev(at)->last;
}

/// The number of a whole UTF-8 sequence.
char32_t code_of(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    if (bytes.size() == 1) return at(0);
    char32_t code = at(0) & (0x7FU >> bytes.size());
    for (std::size_t i = 1; i < bytes.size(); ++i) code = code << 6 | (at(i) & 0x3FU);
    return code;
}

void append_escaped(std::string& out, std::string_view text, bool is_marked) {
    while (!text.empty()) {
        const Glyph glyph = take_glyph(text);
        if (!glyph.is_shown) {
            out += is_marked ? "<i>" + number_of(glyph) + "</i>" : number_of(glyph);
            continue;
        }
        switch (glyph.bytes.front()) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += glyph.bytes;
        }
    }
}

}  // namespace

Glyph take_glyph(std::string_view& text) {
    Glyph glyph;
    const std::size_t size = base::utf8_sequence_size(text);
    glyph.bytes = text.substr(0, std::max<std::size_t>(size, 1));
    text.remove_prefix(glyph.bytes.size());
    if (size == 0) {
        glyph.is_shown = false;
        return glyph;
    }
    const char32_t code = code_of(glyph.bytes);
    if (code >= 0x20 && code < 0x7F) return glyph;
    glyph.is_shown = !is_in(code, kHidden);
    if (is_in(code, kCombining)) glyph.columns = 0;
    if (is_in(code, kWide)) glyph.columns = 2;
    return glyph;
}

std::string number_of(const Glyph& glyph) {
    const std::string_view bytes = glyph.bytes;
    if (base::utf8_sequence_size(bytes) != bytes.size()) {
        return fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes.front()));
    }
    const auto code = static_cast<std::uint32_t>(code_of(bytes));
    if (code == '\n') return "\\n";
    if (code == '\r') return "\\r";
    if (code == '\t') return "\\t";
    return code < 0x80 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
}

Drawing::Piece Drawing::next() {
    const Glyph glyph = take_glyph(rest_);
    combining_ = glyph.is_shown && glyph.columns == 0 ? combining_ + 1 : 0;
    if (!glyph.is_shown || combining_ > kCombiningMax) {
        std::string number = number_of(glyph);
        const std::size_t columns = number.size();
        return {std::move(number), columns, false};
    }
    return {std::string(glyph.bytes), glyph.columns, glyph.bytes == " "};
}

std::size_t columns_of(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) columns += take_glyph(text).columns;
    return columns;
}

std::string plain(std::string_view text) {
    std::string out;
    for (Drawing drawing(text); !drawing.is_at_end();) out += drawing.next().text;
    return out;
}

std::string fit(std::string_view text, std::size_t columns) {
    std::string out;
    std::size_t used = 0;
    // Where the ellipsis goes if it turns out that not all fits.
    std::size_t cut_at = 0;
    for (Drawing drawing(text); !drawing.is_at_end();) {
        const auto piece = drawing.next();
        if (used + piece.columns > columns) {
            out.resize(cut_at);
            return columns == 0 ? out : out.append(kTextEllipsis);
        }
        out += piece.text;
        used += piece.columns;
        if (used < columns) cut_at = out.size();
    }
    return out;
}

std::string pad(std::string_view text, std::size_t columns) {
    std::string out = fit(text, columns);
    const std::size_t used = columns_of(out);
    return out.append(columns > used ? columns - used : 0, ' ');
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns, std::size_t lines_max) {
    std::vector<std::string> lines;
    // All that can be drawn, and one column more, which says that something is missing.
    std::vector<Drawing::Piece> pieces;
    std::size_t total = 0;
    for (Drawing drawing(text); !drawing.is_at_end() && total <= columns * lines_max;) {
        pieces.push_back(drawing.next());
        total += pieces.back().columns;
    }
    std::size_t at = 0;
    while (at < pieces.size() && lines.size() < lines_max) {
        std::size_t used = 0, end = at, blank = 0;
        while (end < pieces.size() && used + pieces[end].columns <= columns) {
            if (pieces[end].is_blank) blank = end;
            used += pieces[end++].columns;
        }
        if (end == at) break;  // not even one character fits
        const bool is_last = lines.size() + 1 == lines_max;
        std::string line;
        if (end < pieces.size() && is_last) {
            for (std::size_t i = at; i < pieces.size(); ++i) line += pieces[i].text;
            lines.push_back(fit(line, columns));
            break;
        }
        const bool ends_at_blank = end < pieces.size() && pieces[end].is_blank;
        if (end < pieces.size() && !ends_at_blank && blank > at) end = blank;
        for (std::size_t i = at; i < end; ++i) line += pieces[i].text;
        lines.push_back(std::move(line));
        at = end;
        while (at < pieces.size() && pieces[at].is_blank) ++at;
    }
    return lines;
}

void append_html(std::string& out, std::string_view text) { append_escaped(out, text, true); }

void append_attribute(std::string& out, std::string_view text) { append_escaped(out, text, false); }

std::string_view cut_bytes(std::string_view text, std::size_t size_bytes_max) {
    if (text.size() <= size_bytes_max) return text;
    std::size_t size = size_bytes_max;
    while (size > 0 && size + 3 > size_bytes_max &&
           (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) {
        --size;
    }
    return text.substr(0, size);
}

}  // namespace vedette::report
