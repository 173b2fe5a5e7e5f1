// SPDX-License-Identifier: Apache-2.0
#include "parse/syslog/header.h"
#include "parse/text_scan.h"

namespace vedette::parse::syslog {

namespace {

/// 1 to 12, or 0 if the text does not begin with an English month's first three letters.
int month_of(std::string_view text) {
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() < 3) return 0;
    const std::size_t at = kMonths.find(text.substr(0, 3));
    return at == std::string_view::npos || at % 3 != 0 ? 0 : static_cast<int>(at / 3) + 1;
}

/// Two digits at `at`, or -1. The first may be a blank.
int two_digits(std::string_view text, std::size_t at) {
    if (at + 2 > text.size() || !is_digit(text[at + 1])) return -1;
    if (text[at] == ' ') return text[at + 1] - '0';
    return is_digit(text[at]) ? (text[at] - '0') * 10 + (text[at + 1] - '0') : -1;
}

/// Eats ".123456" and returns it in nanoseconds; digits past the ninth are dropped.
std::int64_t read_decimals_ns(std::string_view& rest) {
    if (rest.size() < 2 || rest[0] != '.' || !is_digit(rest[1])) return 0;
    std::int64_t value_ns = 0, unit_ns = base::kNsPerSecond / 10;
    std::size_t at = 1;
    for (; at < rest.size() && is_digit(rest[at]); ++at) {
        value_ns += (rest[at] - '0') * unit_ns;
        unit_ns /= 10;
    }
    rest.remove_prefix(at);
    return value_ns;
}

/// Eats "hh:mm:ss" with decimals.
bool read_time_of_day(std::string_view& rest, base::Civil& civil) {
    if (rest.size() < 8 || rest[2] != ':' || rest[5] != ':') return false;
    civil.hour = two_digits(rest, 0);
    civil.minute = two_digits(rest, 3);
    civil.second = two_digits(rest, 6);
    if (civil.hour < 0 || civil.minute < 0 || civil.second < 0) return false;
    rest.remove_prefix(8);
    civil.nanosecond = read_decimals_ns(rest);
    return true;
}

std::optional<base::Timestamp> with_year(base::Civil civil, int year, const TimeHints& hints) {
    civil.year = year;
    auto time = base::from_civil(civil);
    if (time) time->unix_ns -= hints.zone_offset_s * base::kNsPerSecond;
    return time;
}

std::optional<base::Timestamp> with_guessed_year(const base::Civil& civil, const TimeHints& hints) {
    const std::int64_t latest_ns = hints.arrival.unix_ns + base::kNsPerDay;
    const int newest = base::to_civil({latest_ns + hints.zone_offset_s * base::kNsPerSecond}).year;
    // 29 February comes every four years, or every eight around 1900 and 2100.
    constexpr int kYearsBack = 9;
    for (int year = newest; year >= newest - kYearsBack; --year) {
        const auto time = with_year(civil, year, hints);
        if (time && time->unix_ns <= latest_ns) return time;
    }
    return std::nullopt;
}

}  // namespace

std::optional<base::Timestamp> read_bsd_time(std::string_view& rest, const TimeHints& hints) {
    std::string_view left = rest;
    base::Civil civil;
    civil.month = month_of(left);
    if (civil.month == 0 || left.size() < 15 || left[3] != ' ') return std::nullopt;
    left.remove_prefix(4);
    // "Dec  1", "Dec 01" and, from some senders, "Dec 1".
    const bool is_short = is_digit(left[0]) && left[1] == ' ';
    civil.day = is_short ? left[0] - '0' : two_digits(left, 0);
    left.remove_prefix(is_short ? 1 : 2);
    if (civil.day < 1 || left.empty() || left.front() != ' ') return std::nullopt;
    left.remove_prefix(1);
    std::optional<int> year = hints.year;
    if (left.size() >= 5 && is_digits(left.substr(0, 4), 4) && left[4] == ' ') {
        year = static_cast<int>(*to_number(left.substr(0, 4)));
        left.remove_prefix(5);
    }
    if (!read_time_of_day(left, civil)) return std::nullopt;
    const auto time = year ? with_year(civil, *year, hints) : with_guessed_year(civil, hints);
    if (time) rest = left;
    return time;
}

}  // namespace vedette::parse::syslog
