// SPDX-License-Identifier: Apache-2.0
#include "event/lower_case.h"

#include <unicode/ucasemap.h>

#include <cstdint>

#include "base/check.h"
#include "base/json_text.h"

namespace vedette::event {

std::string lower_case(std::string_view text) {
    std::string out;
    return std::string(lower_case(text, out));
}

namespace {

/// Gives the bytes that are there so far; less than `text` if something is not ASCII.
std::size_t lower_ascii(std::string_view text, char* out) {
    std::size_t at = 0;
    unsigned char seen = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        seen |= static_cast<unsigned char>(c);
        out[at] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return seen < 0x80 ? at : 0;
}

void lower_utf8(std::string_view text, std::string& out) {
    static const UCaseMap* const case_map = [] {
        UErrorCode status = U_ZERO_ERROR;
        const UCaseMap* const map = ucasemap_open("", 0, &status);
        VD_CHECK(U_SUCCESS(status));
        return map;
    }();
    out.clear();
    std::string buffer;
    while (!text.empty()) {
        std::size_t size = 0;
        while (size < text.size()) {
            const std::size_t step = base::utf8_sequence_size(text.substr(size));
            if (step == 0) break;
            size += step;
        }
        buffer.resize(size * 3);  // no character gets longer than that
        UErrorCode status = U_ZERO_ERROR;
        const std::int32_t made =
            ucasemap_utf8ToLower(case_map, buffer.data(), static_cast<std::int32_t>(buffer.size()),
                                 text.data(), static_cast<std::int32_t>(size), &status);
        VD_CHECK(U_SUCCESS(status));
        out.append(buffer, 0, static_cast<std::size_t>(made));
        if (size < text.size()) out.push_back(text[size++]);
        text.remove_prefix(size);
    }
}

}  // namespace

std::string_view lower_case(std::string_view text, std::string& room) {
    room.resize(text.size());
    if (lower_ascii(text, room.data()) < text.size()) lower_utf8(text, room);
    return room;
}

}  // namespace vedette::event
