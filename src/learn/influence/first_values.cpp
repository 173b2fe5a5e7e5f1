// SPDX-License-Identifier: Apache-2.0
#include "learn/influence/first_values.h"

#include <algorithm>
#include <cmath>

namespace vedette::learn {

namespace {

/// Of a normal distribution: deviation over median distance from the median.
constexpr double kDeviationOfMedian = 1.482602218505602;
constexpr double kValueMax = 1e30;

double median(std::array<double, FirstValues::kValues> numbers) {
    const auto middle = numbers.begin() + FirstValues::kValues / 2;
    std::nth_element(numbers.begin(), middle, numbers.end());
    return *middle;
}

}  // namespace

bool FirstValues::add(base::Timestamp time, double value, double share) {
    if (is_over_ || !(share > 0)) return false;
    values_[count_++] = {time.unix_ns, static_cast<float>(std::clamp(value, -kValueMax, kValueMax)),
                         static_cast<float>(std::min(share, 1.0))};
    is_over_ = count_ == kValues;
    return is_over_;
}

std::span<const FirstValues::Value> FirstValues::release(double resolution) {
    std::array<double, kValues> numbers{};
    for (std::size_t i = 0; i < kValues; ++i) numbers[i] = values_[i].value;
    const double middle = median(numbers);
    for (double& number : numbers) number = std::abs(number - middle);
    const double deviation = std::max(kDeviationOfMedian * median(numbers), resolution);
    const double reach = kDeviationsMax * deviation;
    for (Value& one : values_) {
        one.value =
            static_cast<float>(std::clamp<double>(one.value, middle - reach, middle + reach));
    }
    count_ = 0;
    return values_;
}

void FirstValues::save(StateWriter& out) const {
    out.integer(static_cast<std::uint8_t>(is_over_));
    if (is_over_) return;
    out.integer(count_);
    for (std::size_t i = 0; i < count_; ++i) {
        out.integer(values_[i].time_ns);
        out.real(values_[i].value);
        out.real(values_[i].share);
    }
}

base::Result<void> FirstValues::restore(StateReader& in) {
    *this = FirstValues();
    const auto over = in.integer<std::uint8_t>();
    is_over_ = over == 1;
    if (!is_over_) {
        count_ = in.integer<std::uint8_t>();
        for (std::size_t i = 0; i < count_ && i < kValues; ++i) {
            values_[i].time_ns = in.integer<std::int64_t>();
            values_[i].value = in.real32();
            values_[i].share = in.real32();
        }
    }
    const bool is_good = in.is_good() && over <= 1;
    auto checked = is_good ? check_invariants() : not_ours(kKind, "it is cut short");
    if (!checked) *this = FirstValues();
    return checked;
}

base::Result<void> FirstValues::check_invariants() const {
    if (count_ >= kValues) return not_ours(kKind, "there are too many");
    for (std::size_t i = 0; i < count_; ++i) {
        const bool is_right =
            std::abs(values_[i].value) <= 2e30F && values_[i].share > 0 && values_[i].share <= 1;
        if (!is_right) return not_ours(kKind, "a value is impossible");
    }
    return {};
}

}  // namespace vedette::learn
