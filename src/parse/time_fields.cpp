// SPDX-License-Identifier: Apache-2.0
#include "parse/time_fields.h"

#include "parse/decoder.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

constexpr std::size_t kMinuteBytes = 17;  // up to the colon before the seconds
constexpr std::size_t kEpochDigitsMax = 19;
constexpr std::int64_t kEpochSecondsMin = 100'000'000;

/// Decimals after the point as nanoseconds of a unit that is `unit_ns` long.
std::int64_t fraction_ns(std::string_view digits, std::int64_t unit_ns) {
    std::int64_t sum = 0;
    for (const char c : digits) {
        unit_ns /= 10;
        sum += unit_ns * (c - '0');
    }
    return sum;
}

}  // namespace

std::optional<base::Timestamp> parse_epoch(std::string_view text) {
    std::size_t at = 0;
    std::int64_t whole = 0;
    while (at < text.size() && is_digit(text[at])) {
        if (at == kEpochDigitsMax - 1 && whole > 922'337'203'685'477'579) return std::nullopt;
        if (at == kEpochDigitsMax) return std::nullopt;
        whole = whole * 10 + (text[at++] - '0');
    }
    if (whole < kEpochSecondsMin) return std::nullopt;
    std::string_view decimals;
    if (at < text.size()) {
        if (text[at] != '.' || at + 1 == text.size()) return std::nullopt;
        decimals = text.substr(at + 1);
        for (const char c : decimals) {
            if (!is_digit(c)) return std::nullopt;
        }
    }
    std::int64_t unit_ns = 1;
    if (whole < 100'000'000'000) {
        unit_ns = base::kNsPerSecond;
    } else if (whole < 100'000'000'000'000) {
        unit_ns = base::kNsPerMs;
    } else if (whole < 100'000'000'000'000'000) {
        unit_ns = 1'000;
    }
    // 2262-04-11 is where 64 bits of nanoseconds end.
    if (whole > 9'223'372'036'854'775'806 / unit_ns - 1) return std::nullopt;
    return base::Timestamp{whole * unit_ns + fraction_ns(decimals, unit_ns)};
}

std::optional<base::Timestamp> TimeReader::read(std::string_view text) {
    if (text.size() > 19 && text.size() <= 30 && text.back() == 'Z' &&
        text.substr(0, kMinuteBytes) == minute_ && text[19] == '.') {
        std::int64_t ns = 0;
        const bool is_plain = is_digit(text[17]) && is_digit(text[18]) && text[17] < '6';
        std::int64_t unit_ns = base::kNsPerSecond;
        std::size_t at = 20;
        for (; at + 1 < text.size() && is_digit(text[at]); ++at) {
            unit_ns /= 10;
            ns += unit_ns * (text[at] - '0');
        }
        if (is_plain && at + 1 == text.size()) {
            const std::int64_t seconds = (text[17] - '0') * 10 + (text[18] - '0');
            return base::Timestamp{minute_ns_ + seconds * base::kNsPerSecond + ns};
        }
    }
    if (const auto time = read_rfc3339(text)) return time;
    return parse_epoch(text);
}

std::optional<base::Timestamp> TimeReader::read_rfc3339(std::string_view text) {
    const auto time = base::parse_rfc3339(text);
    if (time && text.back() == 'Z') {
        std::string start(text.substr(0, kMinuteBytes));
        if (const auto minute = base::parse_rfc3339(start + "00Z")) {
            minute_ = std::move(start);
            minute_ns_ = minute->unix_ns;
        }
    }
    return time;
}

TimeFields::TimeFields(event::FieldDictionary& fields,
                       std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (const auto field = fields.intern(name)) fields_.push_back(*field);
    }
}

void TimeFields::begin(const event::Batch& batch) {
    cursors_.clear();
    for (const event::FieldId field : fields_) {
        const ColumnCursor cursor(batch, field);
        if (!cursor.is_at_end()) cursors_.push_back(cursor);
    }
}

void TimeFields::set(event::Batch& batch, std::uint32_t row) {
    for (ColumnCursor& cursor : cursors_) {
        const event::Cell* const cell = cursor.at(row);
        if (cell == nullptr) continue;
        if (const auto time = reader_.read(batch.text(*cell))) {
            set_time(batch.rows()[row], *time);
            return;
        }
    }
}

}  // namespace vedette::parse
