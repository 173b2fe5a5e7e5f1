// SPDX-License-Identifier: Apache-2.0
#include "parse/line_time.h"

#include <algorithm>
#include <cstring>

#include "parse/clock_hints.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

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

std::int64_t floor_s(base::Timestamp time) {
    return (time.unix_ns - (time.unix_ns < 0 ? base::kNsPerSecond - 1 : 0)) / base::kNsPerSecond;
}

std::optional<base::Timestamp> with_year(base::Civil civil, int year, const TimeHints& hints) {
    civil.year = year;
    return in_zone(civil, hints);
}

}  // namespace

int month_of(std::string_view text) {
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() < 3) return 0;
    const std::size_t at = kMonths.find(text.substr(0, 3));
    return at == std::string_view::npos || at % 3 != 0 ? 0 : static_cast<int>(at / 3) + 1;
}

int two_digits(std::string_view text, std::size_t at) {
    if (at + 2 > text.size() || !is_digit(text[at + 1])) return -1;
    if (text[at] == ' ') return text[at + 1] - '0';
    return is_digit(text[at]) ? (text[at] - '0') * 10 + (text[at + 1] - '0') : -1;
}

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

std::optional<std::int64_t> zone_offset_s(std::string_view zone) {
    if (zone == "Z" || zone == "UTC") return 0;
    const bool has_colon = zone.size() == 6 && zone[3] == ':';
    if (!has_colon && zone.size() != 5) return std::nullopt;
    if (zone[0] != '+' && zone[0] != '-') return std::nullopt;
    const auto hours = to_number(zone.substr(1, 2));
    const auto minutes = to_number(zone.substr(has_colon ? 4 : 3, 2));
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const std::int64_t offset_s = *hours * 3600 + *minutes * 60;
    return zone[0] == '-' ? -offset_s : offset_s;
}

std::optional<base::Timestamp> to_utc(base::Timestamp local, const TimeZone* zone) {
    if (zone == nullptr) return local;
    const std::int64_t local_s = floor_s(local);
    std::int64_t moved_ns = 0;
    if (__builtin_mul_overflow(zone->to_utc_s(local_s) - local_s, base::kNsPerSecond, &moved_ns) ||
        __builtin_add_overflow(local.unix_ns, moved_ns, &moved_ns)) {
        return std::nullopt;
    }
    return base::Timestamp{moved_ns};
}

std::optional<base::Timestamp> in_zone(const base::Civil& civil, const TimeHints& hints) {
    const auto time = base::from_civil(civil);
    return time ? to_utc(*time, hints.zone) : time;
}

std::optional<base::Timestamp> with_year_told_or_guessed(base::Civil civil,
                                                         const TimeHints& hints) {
    if (hints.year) return with_year(civil, *hints.year, hints);
    const base::Timestamp latest{hints.arrival.unix_ns + base::kNsPerDay};
    const std::int64_t offset_s =
        hints.zone == nullptr ? 0 : hints.zone->offset_s_at(floor_s(latest));
    const int newest = base::to_civil({latest.unix_ns + offset_s * base::kNsPerSecond}).year;
    // 29 February comes every four years, or every eight around 1900 and 2100.
    constexpr int kYearsBack = 9;
    for (int year = newest; year >= newest - kYearsBack; --year) {
        const auto time = with_year(civil, year, hints);
        if (time && *time <= latest) return time;
    }
    return std::nullopt;
}

TimeHints time_hints(const event::Envelope& envelope) {
    // Of the records of a source all have the same clock, and most have none.
    if (envelope.clock.empty()) return {envelope.arrival, std::nullopt, nullptr};
    thread_local std::string last_clock;
    thread_local ClockHints last;
    if (envelope.clock != last_clock) {
        last = read_clock_hints(envelope.clock);
        last_clock = envelope.clock;
    }
    return {envelope.arrival, last.year, last.zone};
}

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
    std::optional<int> year;
    if (left.size() >= 5 && is_digits(left.substr(0, 4), 4) && left[4] == ' ') {
        year = static_cast<int>(*to_number(left.substr(0, 4)));
        left.remove_prefix(5);
    }
    if (!read_time_of_day(left, civil)) return std::nullopt;
    const auto time =
        year ? with_year(civil, *year, hints) : with_year_told_or_guessed(civil, hints);
    if (time) rest = left;
    return time;
}

std::optional<base::Timestamp> ClfTimeReader::read(std::string_view text, const TimeHints& hints) {
    constexpr std::size_t kMinuteBytes = sizeof minute_;
    constexpr std::size_t kTimeBytes = kMinuteBytes + 2;
    if (text.size() != kTimeBytes && text.size() != kTimeBytes + sizeof zone_) return std::nullopt;
    const bool has_zone = text.size() > kTimeBytes;
    const int second = two_digits(text, kMinuteBytes);
    if (second < 0 || second > 60) return std::nullopt;
    const bool is_same = is_known_ && has_zone &&
                         std::memcmp(text.data(), minute_, sizeof minute_) == 0 &&
                         std::memcmp(text.data() + kTimeBytes, zone_, sizeof zone_) == 0;
    if (is_same) return base::Timestamp{minute_ns_ + std::min(second, 59) * base::kNsPerSecond};

    base::Civil civil;
    if (text[2] != '/' || text[6] != '/' || text[11] != ':') return std::nullopt;
    civil.day = two_digits(text, 0);
    civil.month = month_of(text.substr(3));
    const auto year = to_number(text.substr(7, 4));
    if (civil.day < 1 || civil.month == 0 || !year) return std::nullopt;
    civil.year = static_cast<int>(*year);
    std::string_view of_day = text.substr(12, 8);
    if (!read_time_of_day(of_day, civil)) return std::nullopt;
    civil.second = std::min(second, 59);  // a leap second is counted to the one before it
    if (!has_zone) return in_zone(civil, hints);
    const auto offset_s = zone_offset_s(text.substr(kTimeBytes + 1));
    auto time = base::from_civil(civil);
    if (text[kTimeBytes] != ' ' || !offset_s || !time) return std::nullopt;
    time->unix_ns -= *offset_s * base::kNsPerSecond;
    std::memcpy(minute_, text.data(), sizeof minute_);
    std::memcpy(zone_, text.data() + kTimeBytes, sizeof zone_);
    minute_ns_ = time->unix_ns - civil.second * base::kNsPerSecond;
    is_known_ = true;
    return time;
}

}  // namespace vedette::parse
