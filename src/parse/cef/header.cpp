// SPDX-License-Identifier: Apache-2.0
#include "parse/cef/header.h"

#include <algorithm>
#include <charconv>

#include "parse/text_scan.h"

namespace vedette::parse::cef {

namespace {

/// Eats up to the next '|' that no backslash hides.
std::optional<std::string_view> until_bar(std::string_view& rest) {
    std::size_t at = 0;
    while ((at = rest.find_first_of("|\\", at)) != std::string_view::npos) {
        if (rest[at] == '|') {
            const std::string_view out = rest.substr(0, at);
            rest.remove_prefix(at + 1);
            return out;
        }
        at = std::min(at + 2, rest.size());
    }
    return std::nullopt;
}

bool read_fields(std::string_view& rest, std::initializer_list<std::string_view*> fields) {
    for (std::string_view* const field : fields) {
        const auto value = until_bar(rest);
        if (!value) return false;
        *field = trimmed(*value);
    }
    return true;
}

bool is_key_byte(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '-' || c == '[' || c == ']';
}

/// Where the key begins that ends before the '=' at `equals`; `equals` itself if there is none.
std::size_t key_begin(std::string_view text, std::size_t equals, std::size_t floor) {
    std::size_t at = equals;
    while (at > floor && is_key_byte(text[at - 1])) --at;
    return at;
}

}  // namespace

bool read_cef(std::string_view text, Header& out) {
    TextScanner scanner(text);
    if (!scanner.skip("CEF:")) return false;
    scanner.skip_blanks();
    std::string_view rest = scanner.rest();
    if (!read_fields(rest, {&out.version, &out.vendor, &out.product, &out.device_version,
                            &out.event_id, &out.name})) {
        return false;
    }
    // The last bar is left out by some where no extension follows.
    const auto severity = until_bar(rest);
    out.severity = trimmed(severity.value_or(rest));
    out.extension = severity ? trimmed(rest) : std::string_view();
    return is_digits(out.version, 3) && out.severity.size() <= 16;
}

bool read_leef(std::string_view text, Header& out) {
    TextScanner scanner(text);
    if (!scanner.skip("LEEF:")) return false;
    std::string_view rest = scanner.rest();
    if (!read_fields(
            rest, {&out.version, &out.vendor, &out.product, &out.device_version, &out.event_id})) {
        return false;
    }
    if (out.version.starts_with('2')) {
        std::string_view before = rest;
        if (const auto told = until_bar(before); told && told->size() <= 4) {
            std::string_view code = *told;
            if (code.starts_with("0x")) code.remove_prefix(1);
            unsigned value = 0;
            if (code.size() > 1 && code[0] == 'x' &&
                std::from_chars(code.data() + 1, code.data() + code.size(), value, 16).ptr ==
                    code.data() + code.size() &&
                value < 128) {
                out.delimiter = static_cast<char>(value);
                rest = before;
            } else if (code.size() <= 1) {
                if (!code.empty()) out.delimiter = code[0];
                rest = before;
            }
        }
    }
    out.extension = rest;
    return out.version == "1.0" || out.version == "2.0" || out.version == "1" || out.version == "2";
}

std::optional<Pair> next_cef_pair(std::string_view& rest) {
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::size_t begin = key_begin(rest, equals, 0);
    Pair out{rest.substr(begin, equals - begin), {}};
    rest.remove_prefix(equals + 1);
    // The value ends before the blank in front of the next key.
    std::size_t at = 0, end = rest.size();
    while ((at = rest.find('=', at)) != std::string_view::npos) {
        const std::size_t key = key_begin(rest, at, 0);
        if (key < at && key > 0 && rest[key - 1] == ' ') {
            end = key - 1;
            break;
        }
        ++at;
    }
    out.value = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (out.value.ends_with(' ')) out.value.remove_suffix(1);
    return out;
}

std::optional<Pair> next_leef_pair(std::string_view& rest, char delimiter) {
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(delimiter), rest.size());
        const std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || equals == 0) continue;
        return Pair{trimmed(pair.substr(0, equals)), pair.substr(equals + 1)};
    }
    return std::nullopt;
}

}  // namespace vedette::parse::cef
