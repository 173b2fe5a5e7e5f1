// SPDX-License-Identifier: Apache-2.0
#include "learn/drift/slow_baseline.h"

#include <algorithm>
#include <cmath>

#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

/// Beyond it a day counts no further; and as differences are told.
constexpr double kDeviationsMax = 4;
/// Less is nothing.
constexpr double kWeightMin = 1e-4;
/// Before so many days there is no deviation to clip by.
constexpr double kClipFrom = 8;
/// More cannot be by decay; late days might add up.
constexpr double kSlowDaysMax = 100;
/// What a new day says of how many observations a usual one has.
constexpr double kUsualRate = 1.0 / 16;

float narrow(double value) { return static_cast<float>(std::clamp(value, -1e15, 1e15)); }

}  // namespace

SlowBaseline::Slot* SlowBaseline::slot_of(std::int32_t day) {
    Slot* oldest = &waiting_[0];
    for (Slot& slot : waiting_) {
        if (slot.weight > 0 && slot.day == day) return &slot;
        const bool is_older = slot.weight <= 0 || (oldest->weight > 0 && slot.day < oldest->day);
        if (is_older) oldest = &slot;
    }
    // A day that nobody fetched makes room for a newer one; what is older than all is left out.
    if (oldest->weight > 0 && day < oldest->day) return nullptr;
    *oldest = Slot{day, 0, 0, kUntold};
    return oldest;
}

void SlowBaseline::add(std::int32_t day, double value, double share) {
    if (!(share > kWeightMin) || (weight_ > 0 && day <= last_)) return;
    Slot* slot = slot_of(day);
    if (slot == nullptr) return;
    slot->weight = narrow(slot->weight + share);
    slot->sum = narrow(slot->sum + share * value);
}

bool SlowBaseline::take_back(std::int32_t day, double value, double share) {
    for (Slot& slot : waiting_) {
        if (slot.weight <= 0 || slot.day != day) continue;
        const double weight = slot.weight - share;
        if (weight > kWeightMin) {
            slot.weight = narrow(weight);
            slot.sum = narrow(slot.sum - share * value);
        } else {
            slot = Slot{};
        }
        return true;
    }
    return false;
}

double SlowBaseline::difference_of(const Slot& slot, double resolution) const {
    const double mean = slot.sum / static_cast<double>(slot.weight);
    const double away = (mean - mean_) / deviation(resolution);
    // The mean of fewer than usual scatters more.
    const double few = usual_ > 0 ? std::min(1.0, static_cast<double>(slot.weight) / usual_) : 1;
    return std::clamp(away * std::sqrt(few), -kDeviationsMax, kDeviationsMax);
}

std::optional<DayMean> SlowBaseline::ended(std::int32_t today, double resolution) {
    Slot* first = nullptr;
    for (Slot& slot : waiting_) {
        const bool is_over = slot.weight > 0 && slot.day < today && slot.difference == kUntold;
        if (is_over && (first == nullptr || slot.day < first->day)) first = &slot;
    }
    if (first == nullptr) return std::nullopt;
    DayMean out{first->day, first->weight, first->sum / static_cast<double>(first->weight), {}};
    first->difference = kUnknown;
    if (weight_ >= kDaysMin) {
        first->difference = static_cast<float>(difference_of(*first, resolution));
        out.difference = first->difference;
    }
    return out;
}

std::optional<DayMean> SlowBaseline::due(std::int32_t today, std::int32_t wait_days) {
    Slot* first = nullptr;
    for (Slot& slot : waiting_) {
        const bool is_due =
            slot.weight > 0 && std::int64_t{slot.day} + wait_days < std::int64_t{today};
        if (is_due && (first == nullptr || slot.day < first->day)) first = &slot;
    }
    if (first == nullptr) return std::nullopt;
    DayMean out{first->day, first->weight, first->sum / static_cast<double>(first->weight), {}};
    if (first->difference < kUntold) out.difference = first->difference;
    *first = Slot{};
    return out;
}

void SlowBaseline::absorb(const DayMean& day, double shared, double resolution) {
    if (!(day.weight > kWeightMin)) return;
    const double deviation = this->deviation(resolution);
    // A day on which little was believed, or hardly anything happened, is not a whole day.
    const double part = usual_ > 0 ? std::min(1.0, day.weight / usual_) : 1;
    usual_ = narrow(weight_ > 0 ? usual_ + kUsualRate * (day.weight - usual_) : day.weight);
    if (weight_ > 0 && day.day > last_) {
        const double left =
            decay_of((static_cast<double>(day.day) - static_cast<double>(last_)) / kHalfLifeDays);
        weight_ = narrow(weight_ * left);
        squares_ = narrow(squares_ * left);
    }
    last_ = weight_ > 0 ? std::max(last_, day.day) : day.day;
    double away = weight_ > kWeightMin ? day.mean - mean_ : 0;
    if (weight_ >= kClipFrom) {
        const double reach = kDeviationsMax * std::sqrt(squares_ / static_cast<double>(weight_));
        if (reach > 0) away = std::clamp(away, -reach, reach);
    }
    const double before = weight_ > kWeightMin ? mean_ : day.mean;
    const double weight = weight_ + part;
    const double apart = away - (weight_ >= kDaysMin ? shared * deviation : 0);
    const double kept = weight > kSlowDaysMax ? kSlowDaysMax / weight : 1;
    squares_ = narrow((squares_ + part * apart * apart) * kept);
    mean_ = narrow(before + away * part / weight);
    weight_ = narrow(weight * kept);
}

void SlowBaseline::take_out(std::int32_t day, double mean, double share) {
    const double age = std::max(0.0, static_cast<double>(last_) - static_cast<double>(day));
    const double part = std::clamp(share, 0.0, 1.0) * decay_of(age / kHalfLifeDays);
    const double weight = weight_ - part;
    if (!(weight > kWeightMin)) {
        weight_ = mean_ = squares_ = 0;
        return;
    }
    const double away = mean - mean_;
    squares_ = narrow(std::max(0.0, squares_ - part * away * away));
    mean_ = narrow(mean_ - away * part / weight);
    weight_ = narrow(weight);
}

double SlowBaseline::deviation(double resolution) const {
    const double variance = weight_ > kWeightMin ? squares_ / static_cast<double>(weight_) : 0;
    return std::max(std::sqrt(variance), resolution / 4);
}

void SlowBaseline::save(StateWriter& out) const {
    for (const Slot& slot : waiting_) {
        out.integer(slot.day);
        for (const float number : {slot.weight, slot.sum, slot.difference}) out.real(number);
    }
    for (const float number : {weight_, mean_, squares_, usual_}) out.real(number);
    out.integer(last_);
}

base::Result<void> SlowBaseline::restore(StateReader& in) {
    for (Slot& slot : waiting_) {
        slot.day = in.integer<std::int32_t>();
        for (float* number : {&slot.weight, &slot.sum, &slot.difference}) *number = in.real32();
    }
    for (float* number : {&weight_, &mean_, &squares_, &usual_}) *number = in.real32();
    last_ = in.integer<std::int32_t>();
    auto checked = in.is_good() ? check_invariants() : not_ours(kKind, "it is cut short");
    if (!checked) *this = SlowBaseline();
    return checked;
}

base::Result<void> SlowBaseline::check_invariants() const {
    constexpr float kMax = 2e15f;
    for (std::size_t i = 0; i < kWaiting; ++i) {
        const Slot& slot = waiting_[i];
        if (slot == Slot{}) continue;
        const bool is_told = std::abs(slot.difference) <= kDeviationsMax ||
                             slot.difference == kUntold || slot.difference == kUnknown;
        const bool is_right =
            slot.weight > 0 && slot.weight < kMax && std::abs(slot.sum) < kMax && is_told;
        if (!is_right) return not_ours(kKind, "a waiting day is impossible");
        for (std::size_t j = 0; j < i; ++j) {
            if (waiting_[j].weight > 0 && waiting_[j].day == slot.day) {
                return not_ours(kKind, "a day waits twice");
            }
        }
    }
    const bool is_right = weight_ >= 0 && weight_ <= 2 * kSlowDaysMax && std::abs(mean_) < kMax &&
                          squares_ >= 0 && squares_ < kMax && usual_ >= 0 && usual_ < kMax;
    const bool is_nothing = mean_ == 0 && squares_ == 0;
    if (!is_right || (weight_ == 0 && !is_nothing)) {
        return not_ours(kKind, "its level is impossible");
    }
    return {};
}

}  // namespace vedette::learn
