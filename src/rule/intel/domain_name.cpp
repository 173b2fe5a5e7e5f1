// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/domain_name.h"

#include <unicode/uidna.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace vedette::rule::intel {

namespace {

constexpr std::size_t kNameBytesMax = 253, kDomainLabelBytesMax = 63;
/// Longer text is no name in any script.
constexpr std::size_t kUnicodeBytesMax = 1'024;

/// Lives: as long as the process; ICU says that it may be used by many threads.
const UIDNA* idna() {
    static const std::unique_ptr<UIDNA, decltype(&uidna_close)> made = [] {
        UErrorCode error = U_ZERO_ERROR;
        UIDNA* opened = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII, &error);
        return std::unique_ptr<UIDNA, decltype(&uidna_close)>(opened, &uidna_close);
    }();
    return made.get();
}

bool to_ascii(std::string_view text, std::string& out) {
    if (idna() == nullptr || text.size() > kUnicodeBytesMax) return false;
    UErrorCode error = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    out.resize(kNameBytesMax + 1);
    const std::int32_t size =
        uidna_nameToASCII_UTF8(idna(), text.data(), static_cast<std::int32_t>(text.size()),
                               out.data(), static_cast<std::int32_t>(out.size()), &info, &error);
    if (U_FAILURE(error) || info.errors != 0 || size < 0 ||
        static_cast<std::size_t>(size) > kNameBytesMax) {
        return false;
    }
    out.resize(static_cast<std::size_t>(size));
    return true;
}

/// Checks labels of a name in lower case.
bool is_name(std::string_view name) {
    if (name.empty() || name.size() > kNameBytesMax) return false;
    std::size_t labels = 0, begin = 0;
    bool is_number = false;
    for (std::size_t at = 0; at <= name.size(); ++at) {
        if (at < name.size() && name[at] != '.') continue;
        const std::string_view label = name.substr(begin, at - begin);
        if (label.empty() || label.size() > kDomainLabelBytesMax) return false;
        is_number =
            std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
        ++labels;
        begin = at + 1;
    }
    return labels >= 2 && !is_number;
}

}  // namespace

std::optional<std::string_view> domain_name(std::string_view text, std::string& room) {
    if (text.starts_with("*.")) text.remove_prefix(2);
    if (text.starts_with('.')) text.remove_prefix(1);
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.empty() || text.size() > kUnicodeBytesMax) return std::nullopt;
    room.clear();
    for (const char c : text) {
        const bool is_upper = c >= 'A' && c <= 'Z';
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                              c == '.' || c == '_' || is_upper;
        if (is_plain) {
            room.push_back(is_upper ? static_cast<char>(c + 32) : c);
            continue;
        }
        if (static_cast<unsigned char>(c) < 0x80 || !to_ascii(text, room)) return std::nullopt;
        // ICU folds other dots and letters; what it leaves is checked as any name.
        const bool is_ascii = std::all_of(room.begin(), room.end(), [](char o) {
            return (o >= 'a' && o <= 'z') || (o >= '0' && o <= '9') || o == '-' || o == '.' ||
                   o == '_';
        });
        if (!is_ascii) return std::nullopt;
        break;
    }
    return is_name(room) ? std::optional<std::string_view>(room) : std::nullopt;
}

std::string_view parent_name(std::string_view name) {
    const std::size_t dot = name.find('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

}  // namespace vedette::rule::intel
