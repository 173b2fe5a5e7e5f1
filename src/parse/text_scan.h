// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>

namespace vedette::parse {

/// Eats a text from its ends. What line formats are read with: no copies, no regular expressions,
/// and every call is linear in what it eats, so that no input makes a decoder quadratic. Lives:
/// views into the text handed in.
class TextScanner {
  public:
    explicit TextScanner(std::string_view text) : rest_(text) {}

    std::string_view rest() const { return rest_; }
    bool is_at_end() const { return rest_.empty(); }

    /// Eats `literal` if the text begins with it.
    bool skip(std::string_view literal) {
        if (!rest_.starts_with(literal)) return false;
        rest_.remove_prefix(literal.size());
        return true;
    }

    /// Eats `literal` from the end if the text ends with it.
    bool skip_end(std::string_view literal) {
        if (!rest_.ends_with(literal)) return false;
        rest_.remove_suffix(literal.size());
        return true;
    }

    void skip_blanks() {
        while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    }

    /// Eats up to the next blank and the blank itself; all of it if there is none.
    std::string_view word() {
        const auto out = until(" ");
        return out ? *out : take_all();
    }

    /// Eats the last word and the blank before it.
    std::string_view last_word() {
        const std::size_t at = rest_.rfind(' ');
        if (at == std::string_view::npos) return take_all();
        const std::string_view out = rest_.substr(at + 1);
        rest_ = rest_.substr(0, at);
        return out;
    }

    /// Eats up to and including `literal` and returns what stood before it; nothing, and eats
    /// nothing, if it is not there.
    std::optional<std::string_view> until(std::string_view literal) {
        const std::size_t at = rest_.find(literal);
        if (at == std::string_view::npos) return std::nullopt;
        const std::string_view out = rest_.substr(0, at);
        rest_.remove_prefix(at + literal.size());
        return out;
    }

    /// Splits at the last `literal`: returns what stood before it and keeps what follows.
    std::optional<std::string_view> until_last(std::string_view literal) {
        const std::size_t at = rest_.rfind(literal);
        if (at == std::string_view::npos) return std::nullopt;
        const std::string_view out = rest_.substr(0, at);
        rest_.remove_prefix(at + literal.size());
        return out;
    }

    std::string_view take_all() {
        const std::string_view out = rest_;
        rest_ = {};
        return out;
    }

  private:
    std::string_view rest_;
};

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether the text is one to `size_max` decimal digits and nothing else.
inline bool is_digits(std::string_view text, std::size_t size_max) {
    if (text.empty() || text.size() > size_max) return false;
    for (const char c : text) {
        if (!is_digit(c)) return false;
    }
    return true;
}

/// A whole text as a number that is not negative. Nothing if it is anything else or too large.
inline std::optional<unsigned> to_number(std::string_view text) {
    unsigned value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
    return value;
}

/// Without blanks at both ends.
inline std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// Whether the text is an IPv4 or IPv6 address as programs print it (a zone after '%' may follow).
/// Cost: IPv4 about 5 ns; IPv6 is left to inet_pton.
bool is_ip_address(std::string_view text);

}  // namespace vedette::parse
