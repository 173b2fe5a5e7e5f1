// SPDX-License-Identifier: Apache-2.0
#include "learn/moments/hour_profile.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "learn/random.h"

namespace vedette::learn {

namespace {

constexpr int kCodeMax = 127;
/// Steps within the deviation of single values.
constexpr double kStepsPerDeviation = 16;
constexpr double kUnitMax = 1e36, kUnitMin = 1e-30;
/// What a new week counts, by how often the hour was learned before.
constexpr std::array<double, 4> kRates = {1.0, 1.0 / 2, 1.0 / 3, 1.0 / 6};

/// To one of the two integers beside it, so that the mean over many is `value`.
double dithered(double value, std::uint64_t salt) {
    const double below = std::floor(value);
    const double chance = unit_of_bits(mix_bits(std::bit_cast<std::uint64_t>(value) ^ salt));
    return chance < value - below ? below + 1 : below;
}

std::int8_t code_of(double steps) {
    return static_cast<std::int8_t>(std::clamp<double>(steps, -kCodeMax, kCodeMax));
}

}  // namespace

std::uint32_t hour_of_week(base::Timestamp time) {
    constexpr std::int64_t kHourNs = 3'600 * base::kNsPerSecond;
    const std::int64_t hour = time.unix_ns / kHourNs - (time.unix_ns % kHourNs < 0 ? 1 : 0);
    const std::int64_t rest = hour % kHoursOfWeek;
    return static_cast<std::uint32_t>(rest < 0 ? rest + kHoursOfWeek : rest);
}

void HourProfile::learn(std::uint32_t hour, double distance, double deviation) {
    choose_unit(distance, deviation);
    if (unit_ == 0) return;
    const int weeks = this->weeks(hour);
    const double before = codes_[hour];
    const double target = std::clamp<double>(distance / unit_, -kCodeMax, kCodeMax);
    const double after = before + (target - before) * kRates[static_cast<std::size_t>(weeks)];
    codes_[hour] = code_of(dithered(after, hour * 0x9E37'79B9'7F4A'7C15ull));
    if (weeks < 3) {
        const auto one = static_cast<std::uint8_t>(1u << hour % 4 * 2);
        learned_[hour / 4] = static_cast<std::uint8_t>(learned_[hour / 4] + one);
    }
}

void HourProfile::choose_unit(double distance, double deviation) {
    const double wanted = std::abs(distance) / (kCodeMax - 1);
    const double fine = std::clamp(deviation / kStepsPerDeviation, kUnitMin, kUnitMax);
    if (unit_ == 0) {
        const double unit = std::clamp(std::max(wanted, fine), kUnitMin, kUnitMax);
        // Where neither says anything there is nothing to tell yet.
        if (distance != 0 || deviation > 0) unit_ = static_cast<float>(unit);
        return;
    }
    if (wanted > unit_) {
        double unit = unit_;
        while (unit < wanted && unit < kUnitMax) unit *= 2;
        set_unit(unit);
        return;
    }
    // Much coarser than need be, as after the scatter of the first week was day and night.
    int largest = 0;
    for (const std::int8_t code : codes_) largest = std::max<int>(largest, std::abs(code));
    if (unit_ > 2 * fine && unit_ > 2 * wanted && largest <= kCodeMax / 2 && unit_ > 4 * kUnitMin) {
        set_unit(unit_ / 2.0);
    }
}

void HourProfile::set_unit(double unit) {
    const double ratio = unit_ / unit;
    for (std::uint32_t hour = 0; hour < kHoursOfWeek; ++hour) {
        codes_[hour] = code_of(dithered(codes_[hour] * ratio, hour));
    }
    unit_ = static_cast<float>(unit);
}

void HourProfile::save(StateWriter& out) const {
    out.real(unit_);
    for (const std::int8_t code : codes_) out.integer(code);
    for (const std::uint8_t four : learned_) out.integer(four);
}

base::Result<void> HourProfile::restore(StateReader& in) {
    unit_ = in.real32();
    for (std::int8_t& code : codes_) code = in.integer<std::int8_t>();
    for (std::uint8_t& four : learned_) four = in.integer<std::uint8_t>();
    auto checked = check_invariants();
    if (in.is_good() && checked) return {};
    *this = {};
    return checked ? not_ours(kKind, "it is cut short") : checked;
}

base::Result<void> HourProfile::check_invariants() const {
    const bool has_unit = unit_ >= kUnitMin * 0.9 && unit_ <= kUnitMax * 2.1;
    if (unit_ != 0 && !has_unit) return not_ours(kKind, "its unit is impossible");
    for (std::uint32_t hour = 0; hour < kHoursOfWeek; ++hour) {
        const bool is_known = weeks(hour) > 0;
        if (codes_[hour] < -kCodeMax || (!is_known && codes_[hour] != 0) ||
            (is_known && unit_ == 0)) {
            return not_ours(kKind, "an hour is impossible");
        }
    }
    return {};
}

}  // namespace vedette::learn
