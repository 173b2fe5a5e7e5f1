// SPDX-License-Identifier: Apache-2.0
#include "learn/drift/divergence_cusum.h"

#include <algorithm>
#include <cmath>

#include "learn/evidence/evidence.h"
#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

std::int32_t steps_of(double bits) {
    return static_cast<std::int32_t>(std::floor(bits / kBitsStep));
}

/// A run lasts as long as it stays above 0; longer than this none can be told apart.
constexpr std::uint32_t kDaysMax = 100'000;
constexpr std::int32_t kStepsOfMax = static_cast<std::int32_t>(DivergenceCusum::kBitsMax * 1'024);

}  // namespace

void DivergenceCusum::add(std::int32_t day, double own, double relative) {
    constexpr double kBitsOfDifference = kShift * kLog2OfE;
    own = std::clamp(own, -kDifferenceMax, kDifferenceMax);
    const double counted =
        std::clamp(std::min(own + kFallMax, relative), -kDifferenceMax, kDifferenceMax);
    const std::int32_t own_step = steps_of(own * kBitsOfDifference);
    const std::int32_t step = steps_of(counted * kBitsOfDifference);
    const std::int32_t allowance = steps_of(-kShift * kShift / 2 * kLog2OfE);
    const std::int32_t after = sum() + step + allowance;
    if (after <= 0) return clear();
    if (after > kStepsOfMax || days_ >= kDaysMax) return;
    if (days_ == 0) begin_ = day;
    ++days_;
    own_ += own_step;
    shared_ += step - own_step;
    allowance_ += allowance;
}

double DivergenceCusum::bits() const { return sum() * kBitsStep; }

DivergenceRun DivergenceCusum::run() const {
    return {own_ * kBitsStep, shared_ * kBitsStep, allowance_ * kBitsStep, days_, begin_};
}

void DivergenceCusum::save(StateWriter& out) const {
    out.varint(days_);
    if (days_ == 0) return;
    for (const std::int32_t part : {own_, shared_, allowance_, begin_}) out.integer(part);
}

base::Result<void> DivergenceCusum::restore(StateReader& in) {
    *this = DivergenceCusum();
    const std::uint64_t days = in.varint();
    if (days > 0) {
        for (std::int32_t* part : {&own_, &shared_, &allowance_, &begin_}) {
            *part = in.integer<std::int32_t>();
        }
        days_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(days, kDaysMax + 1));
    }
    auto checked = in.is_good() ? check_invariants() : not_ours(kKind, "it is cut short");
    if (!checked) *this = DivergenceCusum();
    return checked;
}

base::Result<void> DivergenceCusum::check_invariants() const {
    constexpr std::int64_t kPartMax = std::int64_t{kDaysMax} * 8 * 1'024;
    const std::int64_t total = std::int64_t{own_} + shared_ + allowance_;
    const bool is_idle = days_ == 0 && own_ == 0 && shared_ == 0 && allowance_ == 0 && begin_ == 0;
    const bool is_running = days_ > 0 && days_ <= kDaysMax && total > 0 && total <= kStepsOfMax &&
                            std::abs(std::int64_t{own_}) <= kPartMax &&
                            std::abs(std::int64_t{shared_}) <= kPartMax && allowance_ < 0 &&
                            allowance_ >= -kPartMax;
    if (!is_idle && !is_running) return not_ours(kKind, "a run is impossible");
    return {};
}

}  // namespace vedette::learn
