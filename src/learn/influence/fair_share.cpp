// SPDX-License-Identifier: Apache-2.0
#include "learn/influence/fair_share.h"

#include <algorithm>
#include <cmath>

#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

/// A member may always teach so much a day.
constexpr double kLeast = 1;
/// Members enough of, and what they may have taught.
constexpr double kCountedMax = 1e15;

}  // namespace

void MemberDay::save(StateWriter& out) const {
    out.integer(day);
    out.real(counted);
}

bool MemberDay::restore(StateReader& in) {
    day = in.integer<std::int32_t>();
    counted = in.real32();
    return in.is_good() && counted >= 0 && counted <= 1e9F;
}

void FairShare::bring_up(std::int32_t day) {
    if (day_ == INT32_MIN) day_ = day;
    if (day <= day_) return;
    const double left =
        decay_of((static_cast<double>(day) - static_cast<double>(day_)) / kHalfLifeDays);
    counted_ *= left;
    member_days_ *= left;
    day_ = day;
}

double FairShare::take(MemberDay& member, std::int32_t day, double wanted) {
    bring_up(day);
    // What is late counts for the day that goes on, or a day could be taught twice.
    day = std::max(day, day_);
    if (member.day < day) {
        member = {day, 0};
        member_days_ = std::min(member_days_ + 1, kCountedMax);
    }
    const double usual = member_days_ > 0 ? counted_ / member_days_ : 0;
    const double allowed = std::max(kLeast, kTimesMean * usual);
    const double taken = std::clamp(allowed - member.counted, 0.0, wanted);
    member.counted = static_cast<float>(std::min(member.counted + taken, 1e9));
    counted_ = std::min(counted_ + taken, kCountedMax);
    return taken;
}

double FairShare::members() const {
    // Days that come evenly, each with one member, weigh so much together.
    const double days = 1 / (1 - decay_of(1 / kHalfLifeDays));
    return member_days_ / days;
}

void FairShare::save(StateWriter& out) const {
    out.real(counted_);
    out.real(member_days_);
    out.integer(day_);
}

base::Result<void> FairShare::restore(StateReader& in) {
    counted_ = in.real64();
    member_days_ = in.real64();
    day_ = in.integer<std::int32_t>();
    auto checked = in.is_good() ? check_invariants() : not_ours(kKind, "it is cut short");
    if (!checked) *this = FairShare();
    return checked;
}

base::Result<void> FairShare::check_invariants() const {
    const bool is_right = counted_ >= 0 && counted_ <= kCountedMax && member_days_ >= 0 &&
                          member_days_ <= kCountedMax;
    const bool is_idle = day_ == INT32_MIN;
    if (!is_right || (is_idle && (counted_ > 0 || member_days_ > 0))) {
        return not_ours(kKind, "its sums are impossible");
    }
    return {};
}

}  // namespace vedette::learn
