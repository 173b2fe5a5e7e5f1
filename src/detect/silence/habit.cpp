// SPDX-License-Identifier: Apache-2.0
#include "detect/silence/habit.h"

#include <algorithm>
#include <array>
#include <limits>

namespace vedette::detect::silence {

namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kWeekMs = 7 * 24 * kHourMs;
constexpr std::int64_t kShareOne = 65'535;
/// A gap longer than this is not told from it, and no product of it overflows.
constexpr std::int64_t kGapMaxMs = 400ll * 24 * kHourMs;

/// Rounded down, also before 1970.
std::int64_t floor_div(std::int64_t value, std::int64_t by) {
    return value / by - (value % by < 0 ? 1 : 0);
}

std::int64_t week_of(base::Timestamp now) { return floor_div(now.unix_ms(), kWeekMs); }

std::uint32_t hour_of(base::Timestamp now) {
    const std::int64_t hour = floor_div(now.unix_ms(), kHourMs);
    return static_cast<std::uint32_t>(hour - floor_div(hour, kHoursOfWeek) *
                                                 static_cast<std::int64_t>(kHoursOfWeek));
}

}  // namespace

void Habit::step(base::Timestamp now, std::int64_t step_ms, bool has_record) {
    const std::uint32_t hour = hour_of(now);
    if (hour_ == kHoursOfWeek) since_ = now;
    if (hour != hour_) {
        if (hour_ != kHoursOfWeek) end_hour();
        hour_ = hour;
    }
    watched_ms_ = std::min(watched_ms_ + step_ms, kGapMaxMs);
    gap_.plain_ms = std::min(gap_.plain_ms + step_ms, kGapMaxMs);
    hour_watched_ms_ += step_ms;
    if (has_record || gap_.plain_ms <= kSilenceMinMs) hour_active_ms_ += step_ms;
    gap_.expected_ms += step_ms * expected_share(hour) / kShareOne;
    gap_.expected_ms = std::min(gap_.expected_ms, kGapMaxMs);
}

void Habit::end_hour() {
    if (hour_watched_ms_ >= kHourWatchedMinMs) {
        const std::int64_t share = hour_active_ms_ * kShareOne / hour_watched_ms_;
        const int count = std::min<int>(learned_[hour_] + 1, kWeeks);
        const std::int64_t before = shares_[hour_];
        shares_[hour_] = static_cast<std::uint16_t>(before + (share - before) / count);
        learned_[hour_] = static_cast<std::uint8_t>(count);
    }
    hour_watched_ms_ = hour_active_ms_ = 0;
}

std::uint16_t Habit::expected_share(std::size_t hour) const {
    const std::size_t before = (hour + kHoursOfWeek - 1) % kHoursOfWeek;
    const std::size_t after = (hour + 1) % kHoursOfWeek;
    const std::uint16_t least = std::min({shares_[before], shares_[hour], shares_[after]});
    return least >= kShareMin ? least : 0;
}

int Habit::expected_percent(base::Timestamp now) const {
    return static_cast<int>(expected_share(hour_of(now)) * 100 / kShareOne);
}

void Habit::learn(base::Timestamp now, Gap gap) {
    Week& week = weeks_[static_cast<std::size_t>(week_of(now) & (kWeeks - 1))];
    static_assert((kWeeks & (kWeeks - 1)) == 0);
    if (week.number != week_of(now)) week = {week_of(now), 0, {}};
    ++week.gaps;
    week.longest.plain_ms = std::max(week.longest.plain_ms, gap.plain_ms);
    week.longest.expected_ms = std::max(week.longest.expected_ms, gap.expected_ms);
}

bool Habit::is_remembered(const Week& week, base::Timestamp now) const {
    return week.gaps > 0 && week_of(now) - week.number < static_cast<std::int64_t>(kWeeks) &&
           week.number <= week_of(now);
}

std::uint64_t Habit::gap_count(base::Timestamp now) const {
    std::uint64_t count = 0;
    for (const Week& week : weeks_) count += is_remembered(week, now) ? week.gaps : 0;
    return count;
}

Gap Habit::longest(base::Timestamp now) const {
    Gap longest;
    for (const Week& week : weeks_) {
        if (!is_remembered(week, now)) continue;
        longest.plain_ms = std::max(longest.plain_ms, week.longest.plain_ms);
        longest.expected_ms = std::max(longest.expected_ms, week.longest.expected_ms);
    }
    return longest;
}

std::int64_t Habit::limit_of(base::Timestamp now, std::int64_t Gap::*length) const {
    // All of it is sorted, weeks that do not count last: g++ 12 warns about sorting a part.
    std::array<std::int64_t, kWeeks> longest{};
    longest.fill(std::numeric_limits<std::int64_t>::max());
    std::size_t count = 0;
    for (const Week& week : weeks_) {
        if (is_remembered(week, now)) longest[count++] = week.longest.*length;
    }
    if (count == 0) return kGapMaxMs;
    std::sort(longest.begin(), longest.end());
    const std::int64_t usual = std::max<std::int64_t>(1, longest[count / 2]);
    const std::int64_t least = count < kWeeksSteady ? kFactorEarlyPercent : kFactorMinPercent;
    // Where one week's longest gap is many times another's, the next may be many times it again.
    const std::int64_t most = longest[count - 1];
    return most * std::clamp(most * 100 / usual, least, kFactorMaxPercent) / 100;
}

Gap Habit::limit(base::Timestamp now) const {
    const bool is_week_known = now.unix_ms() - since_.unix_ms() >= kExpectedForMs;
    return {limit_of(now, &Gap::plain_ms) + kPlainMarginMs,
            is_week_known ? limit_of(now, &Gap::expected_ms) : kGapMaxMs};
}

bool Habit::is_known(base::Timestamp at) const {
    return hour_ != kHoursOfWeek && at.unix_ms() - since_.unix_ms() >= kLearnedForMs &&
           watched_ms_ >= kWatchedForMs && gap_count(at) >= kGapsMin;
}

void Habit::save(std::string& out) const {
    base::put(out, since_.unix_ns);
    base::put(out, watched_ms_);
    for (const std::uint16_t share : shares_) base::put(out, share);
    for (const std::uint8_t count : learned_) base::put(out, count);
    base::put(out, hour_);
    base::put(out, hour_watched_ms_);
    base::put(out, hour_active_ms_);
    base::put(out, gap_.plain_ms);
    base::put(out, gap_.expected_ms);
    for (const Week& week : weeks_) {
        base::put(out, week.number);
        base::put(out, week.gaps);
        base::put(out, week.longest.plain_ms);
        base::put(out, week.longest.expected_ms);
    }
}

bool Habit::restore(base::ByteReader& in) {
    const auto length = [&in] { return in.get<std::int64_t>(); };
    since_.unix_ns = length();
    watched_ms_ = length();
    for (std::uint16_t& share : shares_) share = in.get<std::uint16_t>();
    for (std::uint8_t& count : learned_) count = in.get<std::uint8_t>();
    hour_ = in.get<std::uint32_t>();
    hour_watched_ms_ = length();
    hour_active_ms_ = length();
    gap_.plain_ms = length();
    gap_.expected_ms = length();
    const auto is_length = [](std::int64_t ms) { return ms >= 0 && ms <= kGapMaxMs; };
    bool is_good = hour_ <= kHoursOfWeek && is_length(watched_ms_) && is_length(gap_.plain_ms) &&
                   is_length(gap_.expected_ms) && is_length(hour_watched_ms_) &&
                   hour_active_ms_ >= 0 && hour_active_ms_ <= hour_watched_ms_ &&
                   std::all_of(learned_.begin(), learned_.end(),
                               [](std::uint8_t count) { return count <= kWeeks; });
    for (Week& week : weeks_) {
        week.number = length();
        week.gaps = in.get<std::uint64_t>();
        week.longest = {length(), length()};
        is_good = is_good && is_length(week.longest.plain_ms) &&
                  is_length(week.longest.expected_ms) && week.gaps <= UINT32_MAX;
    }
    return in.is_good() && is_good;
}

}  // namespace vedette::detect::silence
