// SPDX-License-Identifier: Apache-2.0
#include "parse/key_value_scan.h"

#include "parse/quoted_text.h"

namespace vedette::parse {

namespace {

bool is_between(char c) { return c == ' ' || c == ',' || c == ';' || c == '\t'; }

bool is_key_byte(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.' || c == '/' || c == '@' || c == ':' || c == '[' || c == ']';
}

/// Eats 'text'.
std::optional<Quoted> read_single_quoted(TextScanner& scanner) {
    const std::string_view rest = scanner.rest();
    const std::size_t end = rest.starts_with('\'') ? rest.find('\'', 1) : std::string_view::npos;
    if (end == std::string_view::npos) return std::nullopt;
    scanner = TextScanner(rest.substr(end + 1));
    return Quoted{rest.substr(1, end - 1), false};
}

}  // namespace

std::optional<KeyValue> KeyValueScanner::next() {
    for (;;) {
        while (!rest_.empty() && is_between(rest_.front())) rest_.remove_prefix(1);
        if (rest_.empty()) return std::nullopt;
        std::size_t size = 0;
        while (size < rest_.size() && is_key_byte(rest_[size])) ++size;
        if (size == 0 || size == rest_.size() || rest_[size] != '=') {
            std::size_t end = size;
            while (end < rest_.size() && !is_between(rest_[end])) ++end;
            rest_.remove_prefix(end);
            ++skipped_count_;
            continue;
        }
        KeyValue out{rest_.substr(0, size), {}, false, false};
        TextScanner scanner(rest_.substr(size + 1));
        auto quoted = read_quoted(scanner);
        if (!quoted) quoted = read_single_quoted(scanner);
        if (quoted) {
            out.value = quoted->text;
            out.has_escapes = quoted->has_escapes;
            out.was_quoted = true;
            rest_ = scanner.rest();
            return out;
        }
        rest_ = scanner.rest();
        std::size_t end = 0;
        while (end < rest_.size() && rest_[end] != ' ' && rest_[end] != '\t') ++end;
        out.value = rest_.substr(0, end);
        rest_.remove_prefix(end);
        // "a=1, b=2": the separator is not part of the value.
        while (out.value.ends_with(',') || out.value.ends_with(';')) out.value.remove_suffix(1);
        return out;
    }
}

}  // namespace vedette::parse
