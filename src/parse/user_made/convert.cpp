// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/convert.h"

#include <charconv>
#include <cmath>
#include <string>

#include "parse/clean_text.h"
#include "parse/quoted_text.h"
#include "parse/text_scan.h"

namespace vedette::parse::user_made {

using event::ValueKind;

namespace {

constexpr std::size_t kNumberBytes = 32;  // the longest double or 64-bit integer and more

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

template <typename Number>
void set_number(Value& value, Number number, ValueKind kind, RowText& room) {
    char* const to = room.take(kNumberBytes);
    const auto written = std::to_chars(to, to + kNumberBytes, number);
    const auto size = static_cast<std::size_t>(written.ptr - to);
    room.give_back(kNumberBytes - size);
    value.set({to, size}, kind);
}

template <typename Number>
bool read_number(std::string_view text, Number& out, int number_base) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, out, number_base);
    return error == std::errc() && stop == end && !text.empty();
}

bool to_integer(Value& value, RowText& room) {
    std::string_view text = trimmed(value.text());
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return false;
    }
    if (number_kind(text) == ValueKind::integer) {
        value.set(text, ValueKind::integer);
        return true;
    }
    std::int64_t number = 0;
    if (!read_number(text, number, 10)) return false;
    set_number(value, number, ValueKind::integer, room);
    return true;
}

bool to_hex(Value& value, RowText& room) {
    std::string_view text = trimmed(value.text());
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    std::uint64_t number = 0;
    if (!read_number(text, number, 16)) return false;
    set_number(value, number, ValueKind::integer, room);
    return true;
}

bool read_real(std::string_view text, double& number) {
    if (text.starts_with('+')) text.remove_prefix(1);
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end && !text.empty() && std::isfinite(number);
}

bool to_real(Value& value, RowText& room) {
    const std::string_view text = trimmed(value.text());
    if (number_kind(text) != ValueKind::text) {
        value.set(text, ValueKind::real);
        return true;
    }
    double number = 0;
    if (!read_real(text, number)) return false;
    set_number(value, number, ValueKind::real, room);
    return true;
}

bool is_word(std::string_view text, std::string_view word) {
    if (text.size() != word.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (lower(text[i]) != word[i]) return false;
    }
    return true;
}

bool to_boolean(Value& value) {
    const std::string_view text = trimmed(value.text());
    for (const std::string_view word : {"true", "yes", "on", "1", "t", "y"}) {
        if (is_word(text, word)) return value.set("true", ValueKind::boolean), true;
    }
    for (const std::string_view word : {"false", "no", "off", "0", "f", "n"}) {
        if (is_word(text, word)) return value.set("false", ValueKind::boolean), true;
    }
    return false;
}

template <char (*Change)(char)>
void change_case(Value& value, RowText& room) {
    const std::string_view text = value.text();
    bool is_same = true;
    for (const char c : text) is_same = is_same && Change(c) == c;
    if (is_same) return;
    char* const to = room.take(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) to[i] = Change(text[i]);
    value.set({to, text.size()}, value.kind);
}

void trim(Value& value) {
    std::string_view text = value.text();
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    value.set(text, value.kind);
}

/// Bytes that a sender has hidden may be anything: a column holds UTF-8 without zeros.
void set_clean(Value& value, std::string_view bytes, RowText& room) {
    std::string scratch;
    const CleanText clean = clean_text(bytes, scratch);
    value.set(clean.text.data() == scratch.data() ? room.copy(clean.text) : clean.text);
}

void unescape(Value& value, RowText& room) {
    if (value.text().find('\\') == std::string_view::npos) return;
    std::string scratch;
    value.set(room.copy(unescape_bytes(value.text(), scratch)));
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void url_decode(Value& value, RowText& room) {
    const std::string_view text = value.text();
    if (text.find_first_of("%+") == std::string_view::npos) return;
    char* const begin = room.take(text.size());
    char* to = begin;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_hex = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                            hex_digit(text[i + 2]) >= 0;
        if (is_hex) {
            *to++ = static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            *to++ = text[i] == '+' ? ' ' : text[i];
        }
    }
    set_clean(value, {begin, static_cast<std::size_t>(to - begin)}, room);
}

/// Seconds, whole or with decimals, as nanoseconds.
bool to_nanoseconds(Value& value, RowText& room) {
    constexpr double kSecondsMax = 9.2e9;  // 292 years
    double seconds = 0;
    if (!read_real(trimmed(value.text()), seconds)) return false;
    if (!(seconds >= 0 && seconds < kSecondsMax)) return false;
    set_number(value, std::llround(seconds * 1e9), ValueKind::integer, room);
    return true;
}

}  // namespace

ValueKind number_kind(std::string_view text) {
    constexpr std::size_t kDigitsMax = 18;
    std::string_view digits = text;
    if (digits.starts_with('-')) digits.remove_prefix(1);
    if (digits.empty() || !is_digit(digits[0])) return ValueKind::text;
    const std::size_t point = digits.find('.');
    const std::string_view whole = digits.substr(0, point);
    if (!is_digits(whole, kDigitsMax) || (whole.size() > 1 && whole[0] == '0'))
        return ValueKind::text;
    if (point == std::string_view::npos) return ValueKind::integer;
    return is_digits(digits.substr(point + 1), kDigitsMax) ? ValueKind::real : ValueKind::text;
}

bool convert(Conversion conversion, Value& value, RowText& room) {
    if (value.kind == ValueKind::null) return true;
    switch (conversion) {
        case Conversion::integer: return to_integer(value, room);
        case Conversion::hex: return to_hex(value, room);
        case Conversion::real: return to_real(value, room);
        case Conversion::boolean: return to_boolean(value);
        case Conversion::ip: return is_ip_address(value.text());
        case Conversion::lower: change_case<lower>(value, room); return true;
        case Conversion::upper: change_case<upper>(value, room); return true;
        case Conversion::trim: trim(value); return true;
        case Conversion::unescape: unescape(value, room); return true;
        case Conversion::url_decode: url_decode(value, room); return true;
        case Conversion::nanoseconds: return to_nanoseconds(value, room);
    }
    return true;
}

}  // namespace vedette::parse::user_made
