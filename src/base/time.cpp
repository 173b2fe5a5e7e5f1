// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <chrono>
#include <cstdio>

namespace vedette::base {

namespace {

/// Days since 1970-01-01 of a Gregorian date.
/// Source: the era method of H. Hinnant, "chrono-compatible low-level date algorithms".
std::int64_t days_of(int year, int month, int day) {
    const int shifted = month <= 2 ? year - 1 : year;
    const int era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    const int year_of_era = shifted - era * 400;
    const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return static_cast<std::int64_t>(era) * 146097 + day_of_era - 719468;
}

int days_in_month(int year, int month) {
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : kDays[month - 1];
}

/// Reads exactly `count` digits at `text[at]`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/// Seconds east of UTC told by `zone`, or nothing if it is no zone.
std::optional<int> zone_offset_s(std::string_view zone) {
    if (!zone.empty() && zone.front() == ' ') zone.remove_prefix(1);
    if (zone.empty() || zone == "Z" || zone == "z" || zone == "UTC" || zone == "GMT") return 0;
    if (zone.front() != '+' && zone.front() != '-') return std::nullopt;
    const int hours = digits(zone, 1, 2);
    const bool has_colon = zone.size() > 3 && zone[3] == ':';
    const int minutes = zone.size() == 3 ? 0 : digits(zone, has_colon ? 4 : 3, 2);
    const std::size_t expected_size = zone.size() == 3 ? 3 : (has_colon ? 6 : 5);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || zone.size() != expected_size) {
        return std::nullopt;
    }
    const int offset = hours * 3600 + minutes * 60;
    return zone.front() == '-' ? -offset : offset;
}

}  // namespace

std::int32_t Timestamp::day() const {
    std::int64_t days = unix_ns / kNsPerDay;
    if (unix_ns % kNsPerDay < 0) --days;
    return static_cast<std::int32_t>(days);
}

std::optional<Timestamp> from_civil(const Civil& civil) {
    // 2262-04-11 and 1677-09-21 are where 64 bits of nanoseconds end.
    if (civil.year < 1678 || civil.year > 2261) return std::nullopt;
    if (civil.month < 1 || civil.month > 12 || civil.day < 1 ||
        civil.day > days_in_month(civil.year, civil.month)) {
        return std::nullopt;
    }
    // 60 is a leap second (RFC 3339 section 5.7): it becomes the next minute's first.
    if (civil.hour < 0 || civil.hour > 23 || civil.minute < 0 || civil.minute > 59 ||
        civil.second < 0 || civil.second > 60) {
        return std::nullopt;
    }
    const std::int64_t seconds = days_of(civil.year, civil.month, civil.day) * 86'400 +
                                 civil.hour * 3600 + civil.minute * 60 + civil.second;
    return Timestamp{seconds * kNsPerSecond + civil.nanosecond};
}

Civil to_civil(Timestamp time) {
    const std::int64_t days = time.day();
    std::int64_t rest_ns = time.unix_ns - days * kNsPerDay;
    const std::int64_t shifted = days + 719468;
    const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const auto day_of_era = static_cast<int>(shifted - era * 146097);
    const int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int month_index = (5 * day_of_year + 2) / 153;
    Civil civil;
    civil.day = day_of_year - (153 * month_index + 2) / 5 + 1;
    civil.month = month_index < 10 ? month_index + 3 : month_index - 9;
    civil.year = static_cast<int>(year_of_era + era * 400) + (civil.month <= 2 ? 1 : 0);
    civil.nanosecond = rest_ns % kNsPerSecond;
    rest_ns /= kNsPerSecond;
    civil.hour = static_cast<int>(rest_ns / 3600);
    civil.minute = static_cast<int>(rest_ns / 60 % 60);
    civil.second = static_cast<int>(rest_ns % 60);
    return civil;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
    if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[13] != ':' ||
        text[16] != ':') {
        return std::nullopt;
    }
    if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
    Civil civil{digits(text, 0, 4),
                digits(text, 5, 2),
                digits(text, 8, 2),
                digits(text, 11, 2),
                digits(text, 14, 2),
                digits(text, 17, 2),
                0};
    std::size_t at = 19;
    if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
        std::int64_t scale = 100'000'000;
        for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
            civil.nanosecond += scale * (text[at] - '0');
            scale /= 10;
        }
    }
    const auto offset_s = zone_offset_s(text.substr(at));
    if (!offset_s) return std::nullopt;
    auto time = from_civil(civil);
    if (time) time->unix_ns -= *offset_s * kNsPerSecond;
    return time;
}

std::string format_rfc3339(Timestamp time, int decimals) {
    const Civil civil = to_civil(time);
    char buffer[64];
    const int size =
        std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT%02d:%02d:%02d", civil.year,
                      civil.month, civil.day, civil.hour, civil.minute, civil.second);
    std::string out(buffer, static_cast<std::size_t>(size));
    if (decimals > 0) {
        std::snprintf(buffer, sizeof buffer, ".%09lld", static_cast<long long>(civil.nanosecond));
        out.append(buffer, 1 + static_cast<std::size_t>(decimals));
    }
    return out + "Z";
}

Timestamp SystemClock::now() const {
    return {std::chrono::duration_cast<std::chrono::nanoseconds>(
                std::chrono::system_clock::now().time_since_epoch())
                .count()};
}

}  // namespace vedette::base
