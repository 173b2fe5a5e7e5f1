// SPDX-License-Identifier: Apache-2.0
#include "rule/search/time_text.h"

#include <charconv>
#include <optional>
#include <string>

namespace vedette::rule::search {

namespace {

using base::Civil;
using base::kNsPerDay;
using base::kNsPerSecond;
using base::Timestamp;

constexpr std::string_view kHint =
    "write 2026-11-22, 2026-11-22T10:15:00Z, now-1h, -24h, today or seconds since 1970";

auto unreadable(std::string_view text) {
    return base::fail(base::ErrorCode::bad_input, '"' + std::string(text) + "\" is no time", {},
                      std::string(kHint));
}

std::optional<std::int64_t> read_digits(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text[0] < '0' || text[0] > '9' || code != std::errc() ||
        end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::int64_t> fixed_unit_ns(char unit) {
    switch (unit) {
        case 's': return kNsPerSecond;
        case 'm': return 60 * kNsPerSecond;
        case 'h':
        case 'H': return 3'600 * kNsPerSecond;
        case 'd': return kNsPerDay;
        case 'w': return 7 * kNsPerDay;
        default: return std::nullopt;
    }
}

std::optional<Timestamp> add_ns(Timestamp time, std::int64_t count, std::int64_t unit_ns) {
    std::int64_t step = 0, sum = 0;
    if (__builtin_mul_overflow(count, unit_ns, &step) ||
        __builtin_add_overflow(time.unix_ns, step, &sum)) {
        return std::nullopt;
    }
    return Timestamp{sum};
}

int days_of(int year, int month) {
    static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && is_leap ? 29 : kDays[month - 1];
}

// The same day and time some months on; the month's last day where there is no such day.
std::optional<Timestamp> add_months(Timestamp time, std::int64_t months) {
    if (months > 12'000 || months < -12'000) return std::nullopt;
    Civil civil = base::to_civil(time);
    const int index = civil.year * 12 + civil.month - 1 + static_cast<int>(months);
    if (index < 12) return std::nullopt;
    civil.year = index / 12;
    civil.month = index % 12 + 1;
    civil.day = std::min(civil.day, days_of(civil.year, civil.month));
    return base::from_civil(civil);
}

std::optional<Timestamp> add_units(Timestamp time, std::int64_t count, char unit) {
    if (unit == 'M') return add_months(time, count);
    if (unit == 'y')
        return count > 1'000 || count < -1'000 ? std::nullopt : add_months(time, count * 12);
    const auto unit_ns = fixed_unit_ns(unit);
    return unit_ns ? add_ns(time, count, *unit_ns) : std::nullopt;
}

std::optional<Timestamp> round_down(Timestamp time, char unit) {
    Civil civil = base::to_civil(time);
    civil.nanosecond = 0;
    switch (unit) {
        case 'y': civil.month = 1; [[fallthrough]];
        case 'M': civil.day = 1; [[fallthrough]];
        case 'w':
        case 'd': civil.hour = 0; [[fallthrough]];
        case 'h':
        case 'H': civil.minute = 0; [[fallthrough]];
        case 'm': civil.second = 0; [[fallthrough]];
        case 's': break;
        default: return std::nullopt;
    }
    const auto rounded = base::from_civil(civil);
    if (!rounded || unit != 'w') return rounded;
    const int weekday =
        ((rounded->day() % 7) + 7 + 3) % 7;  // 0 is Monday: 1970-01-01 was a Thursday
    return add_ns(*rounded, -weekday, kNsPerDay);
}

std::optional<TimeSpan> unit_span(Timestamp time, char unit) {
    const auto from = round_down(time, unit);
    const auto to = from ? add_units(*from, 1, unit) : std::nullopt;
    if (!to) return std::nullopt;
    return TimeSpan{*from, *to};
}

// "-1h", "+2d-3m/d": what may follow `now`.
std::optional<TimeSpan> read_steps(std::string_view text, Timestamp time) {
    while (!text.empty()) {
        const char sign = text[0];
        if (sign == '/') return text.size() == 2 ? unit_span(time, text[1]) : std::nullopt;
        if (sign != '-' && sign != '+') return std::nullopt;
        const std::size_t unit_at = text.find_first_not_of("0123456789", 1);
        if (unit_at == std::string_view::npos) return std::nullopt;
        const auto count = read_digits(text.substr(1, unit_at - 1));
        if (!count) return std::nullopt;
        const auto next = add_units(time, sign == '-' ? -*count : *count, text[unit_at]);
        if (!next) return std::nullopt;
        time = *next;
        text.remove_prefix(unit_at + 1);
    }
    return TimeSpan{time, {time.unix_ns + 1}};
}

bool is_shape(std::string_view text, std::string_view shape) {
    if (text.size() != shape.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == '0'   ? !is_digit
            : shape[i] == 'T' ? text[i] != 'T' && text[i] != ' '
                              : text[i] != shape[i]) {
            return false;
        }
    }
    return true;
}

std::optional<TimeSpan> read_calendar(std::string_view text) {
    if (is_shape(text, "0000-00")) {
        const auto time = base::parse_rfc3339(std::string(text) + "-01T00:00:00Z");
        return time ? unit_span(*time, 'M') : std::nullopt;
    }
    if (is_shape(text, "0000-00-00")) {
        const auto time = base::parse_rfc3339(std::string(text) + "T00:00:00Z");
        return time ? unit_span(*time, 'd') : std::nullopt;
    }
    if (is_shape(text.substr(0, 16), "0000-00-00T00:00") && text.substr(16, 1) != ":") {
        const auto time = base::parse_rfc3339(std::string(text.substr(0, 16)) + ":00" +
                                              std::string(text.substr(16)));
        return time ? unit_span(*time, 'm') : std::nullopt;
    }
    const auto time = base::parse_rfc3339(text);
    if (!time) return std::nullopt;
    const bool has_decimals = text.find_first_of(".,") != std::string_view::npos;
    return has_decimals ? TimeSpan{*time, {time->unix_ns + 1}} : unit_span(*time, 's');
}

std::optional<TimeSpan> read_count(std::string_view text) {
    const auto count = read_digits(text);
    if (!count) return std::nullopt;
    const bool is_ms = text.size() == 13;
    if (!is_ms && (text.size() < 9 || text.size() > 10)) return std::nullopt;
    const std::int64_t unit = is_ms ? base::kNsPerMs : kNsPerSecond;
    return TimeSpan{{*count * unit}, {(*count + 1) * unit}};
}

}  // namespace

base::Result<TimeSpan> parse_time_span(std::string_view text, Timestamp now) {
    std::optional<TimeSpan> span;
    if (text.substr(0, 3) == "now") {
        span = read_steps(text.substr(3), now);
    } else if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        span = read_steps(text, now);
    } else if (text == "today") {
        span = unit_span(now, 'd');
    } else if (text == "yesterday") {
        span = unit_span({now.unix_ns - kNsPerDay}, 'd');
    } else if (!(span = read_count(text))) {
        span = read_calendar(text);
    }
    if (!span) return unreadable(text);
    return *span;
}

base::Result<TimeRange> parse_time_range(std::string_view from, std::string_view to,
                                         Timestamp now) {
    TimeRange range;
    if (!from.empty()) {
        VD_TRY(const TimeSpan span, parse_time_span(from, now));
        range.from = span.from;
    }
    if (!to.empty()) {
        VD_TRY(const TimeSpan span, parse_time_span(to, now));
        range.to = span.to;
    }
    if (range.from >= range.to) {
        return base::fail(
            base::ErrorCode::bad_input, "the time range ends before it begins", {},
            base::format_rfc3339(range.from) + " to " + base::format_rfc3339(range.to));
    }
    return range;
}

}  // namespace vedette::rule::search
