// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/measure.h"

#include <charconv>

#include "base/time.h"

namespace vedette::rule::sigma {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits of a fixed count at a place, or -1.
int digits_at(std::string_view text, std::size_t at, std::size_t count) {
    if (text.size() < at + count) return -1;
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (!is_digit(c)) return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

bool has_at(std::string_view text, std::size_t at, std::string_view any_of) {
    return at < text.size() && any_of.find(text[at]) != std::string_view::npos;
}

std::int32_t day_number(int year, int month, int day) {
    const auto time = base::from_civil({year, month, day});
    return time ? time->day() : 0;
}

/// 0 is Monday; 1970-01-01 was a Thursday.
int weekday(std::int32_t day) { return ((day + 3) % 7 + 7) % 7; }

/// The week of the year that holds the week's Thursday.
int iso_week(int year, int month, int day) {
    const std::int32_t number = day_number(year, month, day);
    const std::int32_t thursday = number - weekday(number) + 3;
    const base::Civil civil = base::to_civil({thursday * base::kNsPerDay});
    return (thursday - day_number(civil.year, 1, 1)) / 7 + 1;
}

}  // namespace

std::optional<long double> number_in(std::string_view text) {
    const std::size_t first = text.starts_with('-') ? 1 : 0;
    if (text.size() == first || (!is_digit(text[first]) && text[first] != '.')) return std::nullopt;
    long double value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return value;
}

std::optional<int> time_part_in(std::string_view text, TimePart part) {
    const int year = digits_at(text, 0, 4), month = digits_at(text, 5, 2),
              day = digits_at(text, 8, 2);
    const bool is_date = has_at(text, 4, "-/") && has_at(text, 7, "-/") &&
                         base::from_civil({year, month, day}).has_value();
    if (!is_date) return std::nullopt;
    switch (part) {
        case TimePart::year: return year;
        case TimePart::month: return month;
        case TimePart::day: return day;
        case TimePart::week: return iso_week(year, month, day);
        default: break;
    }
    const int hour = digits_at(text, 11, 2), minute = digits_at(text, 14, 2);
    const bool has_time = has_at(text, 10, "T t") && has_at(text, 13, ":") && hour >= 0 &&
                          hour <= 23 && minute >= 0 && minute <= 59;
    if (!has_time) return std::nullopt;
    return part == TimePart::hour ? hour : minute;
}

bool meets(const NumberTest& test, std::string_view text) {
    std::optional<long double> value;
    if (test.part) {
        if (const auto part = time_part_in(text, *test.part)) value = *part;
    } else {
        value = number_in(text);
    }
    if (!value) return false;
    using Comparison = NumberTest::Comparison;
    switch (test.comparison) {
        case Comparison::less: return *value < test.number;
        case Comparison::less_or_equal: return *value <= test.number;
        case Comparison::greater: return *value > test.number;
        case Comparison::greater_or_equal: return *value >= test.number;
        case Comparison::equal: return *value == test.number;
    }
    return false;
}

}  // namespace vedette::rule::sigma
