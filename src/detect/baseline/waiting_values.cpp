// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/waiting_values.h"

#include <algorithm>

namespace vedette::detect::baseline {

bool WaitingValues::has(std::uint64_t value) const {
    return std::any_of(values_.begin(), values_.begin() + count_,
                       [value](const Value& one) { return one.value == value; });
}

WaitingValues::Value WaitingValues::take(std::size_t index) {
    const Value out = values_[index];
    std::copy(values_.begin() + index + 1, values_.begin() + count_, values_.begin() + index);
    values_[--count_] = Value();
    return out;
}

std::optional<WaitingValues::Value> WaitingValues::add(std::uint64_t value, base::Timestamp time,
                                                       double share) {
    const float part = static_cast<float>(std::clamp(share, 0.0, 1.0));
    for (std::size_t i = 0; i < count_; ++i) {
        if (values_[i].value != value) continue;
        values_[i].share = std::max(values_[i].share, part);
        return std::nullopt;
    }
    if (!(part > 0)) return std::nullopt;
    std::optional<Value> out;
    if (count_ == kValues) out = take(0);
    values_[count_++] = {value, time.unix_ns, part};
    return out;
}

std::optional<WaitingValues::Value> WaitingValues::due(base::Timestamp now, std::int64_t wait_ns) {
    for (std::size_t i = 0; i < count_; ++i) {
        const std::int64_t since_ns = values_[i].since_ns;
        if (now.unix_ns >= since_ns &&
            static_cast<std::uint64_t>(now.unix_ns) - static_cast<std::uint64_t>(since_ns) >=
                static_cast<std::uint64_t>(wait_ns)) {
            return take(i);
        }
    }
    return std::nullopt;
}

void WaitingValues::save(learn::StateWriter& out) const {
    out.integer(count_);
    for (std::size_t i = 0; i < count_; ++i) {
        out.integer(values_[i].value);
        out.integer(values_[i].since_ns);
        out.real(values_[i].share);
    }
}

base::Result<void> WaitingValues::restore(learn::StateReader& in) {
    *this = WaitingValues();
    count_ = in.integer<std::uint8_t>();
    for (std::size_t i = 0; i < count_ && i < kValues; ++i) {
        values_[i].value = in.integer<std::uint64_t>();
        values_[i].since_ns = in.integer<std::int64_t>();
        values_[i].share = in.real32();
    }
    auto checked = in.is_good() ? check_invariants() : learn::not_ours(kKind, "it is cut short");
    if (!checked) *this = WaitingValues();
    return checked;
}

base::Result<void> WaitingValues::check_invariants() const {
    if (count_ > kValues) return learn::not_ours(kKind, "there are too many");
    for (std::size_t i = 0; i < count_; ++i) {
        if (!(values_[i].share > 0 && values_[i].share <= 1)) {
            return learn::not_ours(kKind, "a share is impossible");
        }
        for (std::size_t j = 0; j < i; ++j) {
            if (values_[j].value == values_[i].value) {
                return learn::not_ours(kKind, "a value waits twice");
            }
        }
    }
    return {};
}

}  // namespace vedette::detect::baseline
