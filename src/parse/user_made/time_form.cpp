// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/time_form.h"

#include <algorithm>
#include <charconv>

#include "parse/text_scan.h"

namespace vedette::parse::user_made {

using base::ErrorCode;
using base::Result;

namespace {

std::optional<base::Timestamp> in_this_zone(base::Timestamp local, const TimeZone* zone,
                                            const TimeHints& hints) {
    return to_utc(local, zone != nullptr ? zone : hints.zone);
}

base::Timestamp in_local_time(base::Timestamp time, std::optional<std::int64_t> told_s,
                              const TimeZone* zone, const TimeHints& hints) {
    const TimeZone* const of_text = zone != nullptr ? zone : hints.zone;
    std::int64_t offset_s = told_s.value_or(0);
    if (!told_s && of_text != nullptr) {
        offset_s = of_text->offset_s_at(time.unix_ns / base::kNsPerSecond);
    }
    return {time.unix_ns + offset_s * base::kNsPerSecond};
}

/// A count of units since 1970, with decimals.
std::optional<base::Timestamp> since_1970(std::string_view text, std::int64_t unit_ns) {
    const bool is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);
    const std::size_t point = std::min(text.find('.'), text.size());
    std::int64_t whole = 0, sum_ns = 0;
    const char* const end = text.data() + point;
    const auto [stop, error] = std::from_chars(text.data(), end, whole);
    if (error != std::errc() || stop != end || point == 0 || text[0] == '-') return std::nullopt;
    if (__builtin_mul_overflow(whole, unit_ns, &sum_ns)) return std::nullopt;
    if (point < text.size()) {
        const std::string_view decimals = text.substr(point + 1);
        if (!is_digits(decimals, 18)) return std::nullopt;
        std::int64_t part_ns = unit_ns;
        for (const char c : decimals) {
            part_ns /= 10;
            if (__builtin_add_overflow(sum_ns, part_ns * (c - '0'), &sum_ns)) return std::nullopt;
        }
    }
    return base::Timestamp{is_negative ? -sum_ns : sum_ns};
}

/// Eats one to `size_max` digits; -1 if there is none.
int eat_number(std::string_view& rest, std::size_t size_max) {
    int value = 0;
    std::size_t size = 0;
    while (size < rest.size() && size < size_max && is_digit(rest[size])) {
        value = value * 10 + (rest[size++] - '0');
    }
    rest.remove_prefix(size);
    return size == 0 ? -1 : value;
}

/// Eats letters; how many.
std::size_t eat_letters(std::string_view& rest) {
    std::size_t size = 0;
    while (size < rest.size() && ((rest[size] | 0x20) >= 'a' && (rest[size] | 0x20) <= 'z')) ++size;
    rest.remove_prefix(size);
    return size;
}

constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};

int eat_month(std::string_view& rest) {
    for (int month = 0; month < 12; ++month) {
        const std::string_view name = kMonths[month];
        std::size_t same = 0;
        while (same < name.size() && same < rest.size() &&
               (rest[same] | 0x20) == (name[same] | 0x20))
            ++same;
        if (same < 3) continue;
        rest.remove_prefix(same == name.size() ? same : 3);
        return month + 1;
    }
    return 0;
}

}  // namespace

struct TimeForm::Parts {
    base::Civil civil;
    bool has_year = false, has_date = false, is_pm = false, has_half = false;
    int day_of_year = 0;
    std::optional<std::int64_t> zone_s;
    std::optional<base::Timestamp> epoch;
};

Result<TimeForm> TimeForm::read(std::string_view text) {
    constexpr std::pair<std::string_view, Named> kNames[] = {
        {"ISO8601", Named::iso8601}, {"UNIX", Named::unix_s},     {"UNIX_MS", Named::unix_ms},
        {"UNIX_US", Named::unix_us}, {"UNIX_NS", Named::unix_ns}, {"SYSLOG", Named::syslog},
        {"CLF", Named::clf},
    };
    constexpr std::pair<char, Code> kCodes[] = {
        {'Y', Code::year},       {'y', Code::short_year}, {'m', Code::month},
        {'b', Code::month_name}, {'B', Code::month_name}, {'h', Code::month_name},
        {'d', Code::day},        {'e', Code::day},        {'j', Code::day_of_year},
        {'H', Code::hour},       {'k', Code::hour},       {'I', Code::hour_12},
        {'l', Code::hour_12},    {'p', Code::half},       {'M', Code::minute},
        {'S', Code::second},     {'f', Code::fraction},   {'L', Code::fraction},
        {'N', Code::fraction},   {'z', Code::zone},       {'Z', Code::zone_name},
        {'a', Code::weekday},    {'A', Code::weekday},    {'s', Code::epoch_s},
    };
    TimeForm out;
    for (const auto& [name, named] : kNames) {
        if (text == name) {
            out.named_ = named;
            return out;
        }
    }
    const auto wrong = [&](std::string problem) {
        return base::fail(ErrorCode::bad_input, std::move(problem), {},
                          "ISO8601, UNIX, UNIX_MS, UNIX_US, UNIX_NS, SYSLOG, CLF, or directives "
                          "like '%Y-%m-%d %H:%M:%S'");
    };
    std::string expanded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%' || i + 1 == text.size()) {
            expanded += text[i];
            continue;
        }
        const char next = text[++i];
        switch (next) {
            case 'T': expanded += "%H:%M:%S"; break;
            case 'R': expanded += "%H:%M"; break;
            case 'F': expanded += "%Y-%m-%d"; break;
            case 'D': expanded += "%m/%d/%y"; break;
            default: expanded += {'%', next};
        }
    }
    bool has_directive = false;
    for (std::size_t i = 0; i < expanded.size(); ++i) {
        const char c = expanded[i];
        if (c == ' ') {
            if (out.ops_.empty() || out.ops_.back().code != Code::blanks)
                out.ops_.push_back({Code::blanks});
            continue;
        }
        if (c != '%') {
            out.ops_.push_back({Code::literal, c});
            continue;
        }
        if (++i == expanded.size()) return wrong("a time's form ends in '%'");
        if (expanded[i] == '%') {
            out.ops_.push_back({Code::literal, '%'});
            continue;
        }
        const auto known =
            std::find_if(std::begin(kCodes), std::end(kCodes),
                         [&](const auto& code) { return code.first == expanded[i]; });
        if (known == std::end(kCodes)) {
            return wrong(std::string("a time's form has no directive %") + expanded[i]);
        }
        out.ops_.push_back({known->second});
        has_directive = true;
    }
    if (!has_directive) return wrong("'" + std::string(text) + "' is no form of a time");
    return out;
}

bool TimeForm::run(std::string_view rest, Parts& out) const {
    base::Civil& civil = out.civil;
    for (const Op& op : ops_) {
        switch (op.code) {
            case Code::literal:
                if (!rest.starts_with(op.byte)) return false;
                rest.remove_prefix(1);
                break;
            case Code::blanks:
                if (!rest.starts_with(' ')) return false;
                while (rest.starts_with(' ')) rest.remove_prefix(1);
                break;
            case Code::year:
                if (!is_digits(rest.substr(0, 4), 4) || rest.size() < 4) return false;
                civil.year = eat_number(rest, 4);
                out.has_year = true;
                break;
            case Code::short_year: {
                if (rest.size() < 2) return false;
                const int year = eat_number(rest, 2);
                if (year < 0) return false;
                civil.year = year + (year < 69 ? 2000 : 1900);  // as POSIX strptime
                out.has_year = true;
                break;
            }
            case Code::month:
                civil.month = eat_number(rest, 2);
                if (civil.month < 1) return false;
                out.has_date = true;
                break;
            case Code::month_name:
                civil.month = eat_month(rest);
                if (civil.month == 0) return false;
                out.has_date = true;
                break;
            case Code::day:
                // "Dec  1": the day may be padded with a blank that the form does not name.
                if (rest.starts_with(' ')) rest.remove_prefix(1);
                civil.day = eat_number(rest, 2);
                if (civil.day < 1) return false;
                out.has_date = true;
                break;
            case Code::day_of_year:
                out.day_of_year = eat_number(rest, 3);
                if (out.day_of_year < 1 || out.day_of_year > 366) return false;
                out.has_date = true;
                break;
            case Code::hour:
            case Code::hour_12:
                if (rest.starts_with(' ')) rest.remove_prefix(1);
                civil.hour = eat_number(rest, 2);
                if (civil.hour < 0 || (op.code == Code::hour_12 && civil.hour > 12)) return false;
                break;
            case Code::half: {
                if (rest.size() < 2 || (rest[1] | 0x20) != 'm') return false;
                const char half = static_cast<char>(rest[0] | 0x20);
                if (half != 'a' && half != 'p') return false;
                out.has_half = true;
                out.is_pm = half == 'p';
                rest.remove_prefix(2);
                break;
            }
            case Code::minute:
                civil.minute = eat_number(rest, 2);
                if (civil.minute < 0) return false;
                break;
            case Code::second:
                civil.second = eat_number(rest, 2);
                if (civil.second < 0 || civil.second > 60) return false;
                civil.second =
                    std::min(civil.second, 59);  // a leap second counts as the one before
                break;
            case Code::fraction: {
                std::int64_t unit_ns = base::kNsPerSecond / 10;
                std::size_t size = 0;
                civil.nanosecond = 0;
                while (size < rest.size() && is_digit(rest[size])) {
                    civil.nanosecond += (rest[size++] - '0') * unit_ns;
                    unit_ns /= 10;
                }
                if (size == 0) return false;
                rest.remove_prefix(size);
                break;
            }
            case Code::zone: {
                const std::size_t size = rest.starts_with('Z')                ? 1
                                         : rest.size() >= 6 && rest[3] == ':' ? 6
                                                                              : 5;
                const auto zone_s = zone_offset_s(rest.substr(0, size));
                if (rest.size() < size || !zone_s) return false;
                out.zone_s = zone_s;
                rest.remove_prefix(size);
                break;
            }
            case Code::zone_name: {
                const std::string_view before = rest;
                const std::size_t size = eat_letters(rest);
                const std::string_view name = before.substr(0, size);
                if (name != "UTC" && name != "GMT" && name != "Z") return false;
                out.zone_s = 0;
                break;
            }
            case Code::weekday:
                if (eat_letters(rest) < 3) return false;
                break;
            case Code::epoch_s: {
                std::size_t size = 0;
                while (size < rest.size() && is_digit(rest[size])) ++size;
                out.epoch = since_1970(rest.substr(0, size), base::kNsPerSecond);
                if (!out.epoch) return false;
                rest.remove_prefix(size);
                break;
            }
        }
    }
    return rest.empty();
}

std::optional<base::Timestamp> TimeForm::parse(std::string_view text, const TimeZone* zone,
                                               const TimeHints& hints) {
    if (named_ != Named::none) return parse_named(text, zone, hints);
    Parts parts;
    if (!run(text, parts)) return std::nullopt;
    base::Civil& civil = parts.civil;
    if (parts.epoch) {
        return base::Timestamp{parts.epoch->unix_ns + civil.nanosecond};
    }
    if (parts.has_half) civil.hour = civil.hour % 12 + (parts.is_pm ? 12 : 0);
    if (parts.day_of_year > 0) civil.month = civil.day = 1;
    if (!parts.has_date) {
        // A time of day alone is of the day of arrival.
        const base::Civil today =
            base::to_civil(in_local_time(hints.arrival, parts.zone_s, zone, hints));
        civil.year = today.year;
        civil.month = today.month;
        civil.day = today.day;
        parts.has_year = true;
    }
    std::optional<base::Timestamp> local;
    if (parts.has_year) {
        local = base::from_civil(civil);
    } else {
        TimeHints as_utc = hints;
        as_utc.zone = nullptr;
        local = with_year_told_or_guessed(civil, as_utc);
    }
    if (!local) return std::nullopt;
    if (parts.day_of_year > 0) {
        if (__builtin_add_overflow(local->unix_ns, (parts.day_of_year - 1) * base::kNsPerDay,
                                   &local->unix_ns)) {
            return std::nullopt;
        }
    }
    if (!parts.zone_s) return in_this_zone(*local, zone, hints);
    const TimeZone told = TimeZone::fixed(*parts.zone_s);
    return in_this_zone(*local, &told, hints);
}

std::optional<base::Timestamp> TimeForm::parse_named(std::string_view text, const TimeZone* zone,
                                                     const TimeHints& hints) {
    switch (named_) {
        case Named::unix_s: return since_1970(text, base::kNsPerSecond);
        case Named::unix_ms: return since_1970(text, base::kNsPerMs);
        case Named::unix_us: return since_1970(text, 1'000);
        case Named::unix_ns: return since_1970(text, 1);
        case Named::clf: {
            constexpr std::size_t kWithoutZone = 20;
            if (text.size() > kWithoutZone) return clf_.read(text, hints);
            TimeHints as_utc = hints;
            as_utc.zone = nullptr;
            const auto local = clf_.read(text, as_utc);
            return local ? in_this_zone(*local, zone, hints) : std::nullopt;
        }
        case Named::syslog: {
            TimeHints as_utc = hints;
            as_utc.zone = nullptr;
            std::string_view rest = text;
            const auto local = read_bsd_time(rest, as_utc);
            return local && rest.empty() ? in_this_zone(*local, zone, hints) : std::nullopt;
        }
        default: break;
    }
    // ISO 8601: at least a date, a time of day, and perhaps a zone.
    if (text.size() < 16 || text[4] != '-') return std::nullopt;
    const auto time = reader_.read(text);
    if (!time) return std::nullopt;
    const std::string_view tail = text.substr(16);
    const bool has_zone = text.back() == 'Z' || text.back() == 'C' ||
                          tail.find_first_of("+-") != std::string_view::npos;
    return has_zone ? time : in_this_zone(*time, zone, hints);
}

}  // namespace vedette::parse::user_made
