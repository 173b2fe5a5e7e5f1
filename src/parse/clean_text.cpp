// SPDX-License-Identifier: Apache-2.0
#include "parse/clean_text.h"

#include <cstdint>
#include <cstring>

#include "base/json_text.h"

namespace vedette::parse {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Length of the front part that is ASCII without NUL.
std::size_t plain_prefix(std::string_view text) {
    constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
    constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
    std::size_t at = 0;
    while (at + 8 <= text.size()) {
        std::uint64_t eight;
        std::memcpy(&eight, text.data() + at, 8);
        // A zero byte borrows in the subtraction and so sets its high bit.
        if (((eight | (eight - kOnes)) & kHighBits) != 0) break;
        at += 8;
    }
    while (at < text.size() && static_cast<signed char>(text[at]) > 0) ++at;
    return at;
}

}  // namespace

CleanText clean_text(std::string_view record, std::string& scratch) {
    std::size_t at = plain_prefix(record);
    bool is_copied = false, is_valid = true;
    while (at < record.size()) {
        const std::size_t size =
            record[at] == '\0' ? 0 : base::utf8_sequence_size(record.substr(at));
        if (size == 0) {
            if (!is_copied) scratch.assign(record.substr(0, at));
            is_copied = true;
            const bool is_nul = record[at] == '\0';
            is_valid = is_valid && is_nul;
            scratch += is_nul ? std::string_view(" ") : kReplacement;
            ++at;
            continue;
        }
        const std::size_t run = size == 1 ? plain_prefix(record.substr(at)) : size;
        if (is_copied) scratch.append(record.substr(at, run));
        at += run;
    }
    return {is_copied ? std::string_view(scratch) : record, is_valid};
}

}  // namespace vedette::parse
