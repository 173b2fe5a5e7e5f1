// SPDX-License-Identifier: Apache-2.0
#include "learn/drift/common_drift.h"

#include <algorithm>
#include <cmath>

#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

constexpr double kHalfLifeDays = 60;
/// Before anything was learned weeks scatter as if so many had been seen, twice as far as by
/// chance.
constexpr double kPriorWeeks = 50, kPriorRatio = 2;
constexpr double kRatioMax = 4;
constexpr double kSquareMax = CommonDrift::kChanceVariance * kRatioMax * 2;
constexpr std::uint32_t kMembersMax = 1u << 24;
constexpr double kWeightMax = 1e6;

}  // namespace

void CommonDrift::add(std::int32_t day, double difference) {
    Day* oldest = &days_[0];
    for (Day& one : days_) {
        if (one.members > 0 && one.day == day) {
            oldest = &one;
            break;
        }
        const bool is_older = one.members == 0 || (oldest->members > 0 && one.day < oldest->day);
        if (is_older) oldest = &one;
    }
    if (oldest->members > 0 && oldest->day != day) {
        if (day < oldest->day) return;
        *oldest = Day{};
    }
    oldest->day = day;
    if (oldest->members >= kMembersMax) return;
    ++oldest->members;
    const double sum = oldest->sum + std::clamp(difference, -kDifferenceMax, kDifferenceMax);
    const double sum_max = kDifferenceMax * oldest->members;
    oldest->sum = static_cast<float>(std::clamp(sum, -sum_max, sum_max));
}

double CommonDrift::of_others(std::int32_t day, std::optional<double> own, double above) const {
    double sum = 0, members = 0;
    for (const Day& one : days_) {
        if (one.members == 0 || one.day != day) continue;
        sum = one.sum;
        members = one.members;
    }
    if (own && members > 0) {
        sum -= std::clamp(*own, -kDifferenceMax, kDifferenceMax);
        members -= 1;
    }
    return (sum + kLent * above) / (members + kLent);
}

bool CommonDrift::knows(std::int32_t day) const {
    return std::any_of(days_.begin(), days_.end(),
                       [day](const Day& one) { return one.members > 0 && one.day == day; });
}

void CommonDrift::learn_week(std::int32_t day, double week_mean) {
    if (weight_ > 0 && day > last_) {
        const double left =
            decay_of((static_cast<double>(day) - static_cast<double>(last_)) / kHalfLifeDays);
        weight_ = static_cast<float>(weight_ * left);
        squares_ = static_cast<float>(squares_ * left);
    }
    last_ = weight_ > 0 ? std::max(last_, day) : day;
    if (weight_ >= kWeightMax) return;
    // One that is far away for long would otherwise speak for all.
    const double square = std::min(week_mean * week_mean, kSquareMax);
    weight_ += 1;
    squares_ = static_cast<float>(std::min(squares_ + square, kSquareMax * weight_));
}

double CommonDrift::persistence() const {
    const double square = squares_ + kPriorWeeks * kPriorRatio * kChanceVariance;
    const double ratio = square / (weight_ + kPriorWeeks) / kChanceVariance;
    return std::sqrt(std::clamp(ratio, 1.0, kRatioMax));
}

void CommonDrift::save(StateWriter& out) const {
    for (const Day& one : days_) {
        out.integer(one.day);
        out.varint(one.members);
        out.real(one.sum);
    }
    out.real(weight_);
    out.real(squares_);
    out.integer(last_);
}

base::Result<void> CommonDrift::restore(StateReader& in) {
    for (Day& one : days_) {
        one.day = in.integer<std::int32_t>();
        one.members = static_cast<std::uint32_t>(std::min<std::uint64_t>(in.varint(), UINT32_MAX));
        one.sum = in.real32();
    }
    weight_ = in.real32();
    squares_ = in.real32();
    last_ = in.integer<std::int32_t>();
    auto checked = in.is_good() ? check_invariants() : not_ours(kKind, "it is cut short");
    if (!checked) *this = CommonDrift();
    return checked;
}

base::Result<void> CommonDrift::check_invariants() const {
    for (std::size_t i = 0; i < kDays; ++i) {
        const Day& one = days_[i];
        if (one == Day{}) continue;
        const double sum_max = kDifferenceMax * 1.001 * one.members;
        const bool is_right =
            one.members > 0 && one.members <= kMembersMax && std::abs(one.sum) <= sum_max;
        if (!is_right) return not_ours(kKind, "a day is impossible");
        for (std::size_t j = 0; j < i; ++j) {
            if (days_[j].members > 0 && days_[j].day == one.day) {
                return not_ours(kKind, "a day is in twice");
            }
        }
    }
    const double squares_max = kChanceVariance * kRatioMax * 2 * 1.01 * weight_;
    const bool is_right =
        weight_ >= 0 && weight_ <= kWeightMax * 1.01 && squares_ >= 0 && squares_ <= squares_max;
    if (!is_right) return not_ours(kKind, "its weeks are impossible");
    return {};
}

}  // namespace vedette::learn
