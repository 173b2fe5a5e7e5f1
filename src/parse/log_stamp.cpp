// SPDX-License-Identifier: Apache-2.0
#include "parse/log_stamp.h"

#include <algorithm>

#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

constexpr int kCentury = 2000;

/// The longest: "2026-11-22 18:01:47.123456789 +02:00" in brackets.
constexpr std::size_t kStampBytesMin = 13;

int digits_at(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_digit(text[at + i])) return -1;
        value = value * 10 + (text[at + i] - '0');
    }
    return value;
}

struct Date {
    int year = 0;  ///< 0: not said
    int month = 0, day = 0;
    std::size_t size = 0;
    bool is_packed = false;  ///< without marks between its parts
};

/// "2026-11-22", "2026/11/22", "26/11/22", "20261122", "261122", "11-22".
std::optional<Date> read_date(std::string_view text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto parts = [&](std::size_t year_size, std::size_t between, std::size_t size) {
        const int year = digits_at(text, 0, year_size);
        Date date{year_size == 2 ? kCentury + year : year, digits_at(text, year_size + between, 2),
                  digits_at(text, year_size + 2 * between + 2, 2), size, between == 0};
        return date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31
                   ? std::optional<Date>(date)
                   : std::nullopt;
    };
    const char mark = digits < text.size() ? text[digits] : '\0';
    const bool has_marks = mark == '-' || mark == '/';
    const auto mark_again = [&](std::size_t at) { return at < text.size() && text[at] == mark; };
    if (digits == 4 && has_marks && mark_again(7)) return parts(4, 1, 10);
    if (digits == 2 && mark == '/' && mark_again(5)) return parts(2, 1, 8);
    if (digits == 8) return parts(4, 0, 8);
    if (digits == 6) return parts(2, 0, 6);
    if (digits == 2 && mark == '-') {
        const Date date{0, digits_at(text, 0, 2), digits_at(text, 3, 2), 5, false};
        if (date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31) return date;
    }
    return std::nullopt;
}

/// "18:01:47", "180147" and what is behind the second.
bool read_time(std::string_view& rest, bool is_packed, base::Civil& civil) {
    if (!is_packed || (rest.size() > 2 && rest[2] == ':')) {
        if (!read_time_of_day(rest, civil)) return false;
        if (civil.nanosecond != 0 || rest.empty() || rest[0] != ',') return true;
        // Java writes a comma; what is no number behind it is the text's own.
        if (rest.size() < 2 || !is_digit(rest[1])) return true;
    } else {
        if (rest.size() > 6 && rest[6] != ' ') return false;
        civil.hour = digits_at(rest, 0, 2);
        civil.minute = digits_at(rest, 2, 2);
        civil.second = digits_at(rest, 4, 2);
        if (civil.hour < 0 || civil.minute < 0 || civil.second < 0) return false;
        rest.remove_prefix(6);
        return true;
    }
    std::int64_t unit_ns = base::kNsPerSecond / 10;
    rest.remove_prefix(1);
    for (; !rest.empty() && is_digit(rest[0]); rest.remove_prefix(1)) {
        civil.nanosecond += (rest[0] - '0') * unit_ns;
        unit_ns /= 10;
    }
    return true;
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// Eats a zone; what is none stays.
std::optional<std::int64_t> read_zone(std::string_view& rest) {
    std::string_view text = rest;
    if (text.starts_with(' ')) text.remove_prefix(1);
    const std::size_t end = std::min(text.find_first_of(" ]"), text.size());
    const std::string_view word = text.substr(0, end);
    std::optional<std::int64_t> offset_s = word == "GMT" ? 0 : zone_offset_s(word);
    if (!offset_s && word.size() == 3 && (word[0] == '+' || word[0] == '-')) {
        const int hours = digits_at(word, 1, 2);
        if (hours >= 0 && hours < 24) offset_s = (word[0] == '-' ? -3600 : 3600) * hours;
    }
    if (offset_s) {
        rest = text.substr(end);
        return offset_s;
    }
    // "CET" and "EDT": three or four capitals, of which levels end with neither T nor C.
    const bool is_name = (word.size() == 3 || word.size() == 4) &&
                         std::all_of(word.begin(), word.end(), is_upper) && word.back() == 'T';
    if (is_name && text.size() != rest.size()) rest = text.substr(end);
    return std::nullopt;
}

}  // namespace

std::optional<base::Timestamp> read_log_stamp(std::string_view& rest, const TimeHints& hints) {
    if (rest.size() < kStampBytesMin) return std::nullopt;
    std::string_view left = rest;
    const bool is_bracketed = left.starts_with('[');
    if (is_bracketed) left.remove_prefix(1);
    if (!is_digit(left[0])) return std::nullopt;
    const auto date = read_date(left);
    if (!date || left.size() <= date->size) return std::nullopt;
    const char between = left[date->size];
    if (between != ' ' && between != 'T') return std::nullopt;
    left.remove_prefix(date->size + 1);
    base::Civil civil;
    civil.year = date->year;
    civil.month = date->month;
    civil.day = date->day;
    if (!read_time(left, date->is_packed, civil)) return std::nullopt;
    if (!left.empty() && is_digit(left[0])) return std::nullopt;
    TimeHints told = hints;
    TimeZone named;
    if (const auto offset_s = read_zone(left)) {
        named = TimeZone::fixed(*offset_s);
        told.zone = &named;
    }
    const auto time =
        date->year == 0 ? with_year_told_or_guessed(civil, told) : in_zone(civil, told);
    if (!time) return std::nullopt;
    if (is_bracketed) {
        if (!left.starts_with(']')) return std::nullopt;
        left.remove_prefix(1);
    }
    rest = left;
    return time;
}

bool begins_with_log_stamp(std::string_view line) {
    if (line.empty() || (!is_digit(line[0]) && line[0] != '[')) return false;
    return read_log_stamp(line, {}).has_value();
}

}  // namespace vedette::parse
