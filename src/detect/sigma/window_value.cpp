// SPDX-License-Identifier: Apache-2.0
#include "detect/sigma/window_value.h"

#include <algorithm>

#include "base/check.h"

namespace vedette::detect::sigma {

namespace {

using rule::sigma::Correlation;
using rule::sigma::kMillionth;
using rule::sigma::Millionths;
using Type = Correlation::Type;

constexpr std::int64_t kNever = INT64_MIN;

template <typename Key>
void count_down(std::unordered_map<Key, std::uint32_t>& counts, const Key& key) {
    const auto found = counts.find(key);
    VD_CHECK(found != counts.end());
    if (--found->second == 0) counts.erase(found);
}

bool has_value(const Hit& hit) { return hit.number || !hit.values.empty(); }

/// Rounded down, also below zero.
Millionths divided(Millionths sum, Millionths count) {
    const Millionths out = sum / count;
    return sum % count < 0 ? out - 1 : out;
}

}  // namespace

WindowValue::WindowValue(const Correlation& correlation) : correlation_(&correlation) { clear(); }

std::size_t WindowValue::fixed_bytes(const Correlation& correlation) {
    const std::size_t rules = correlation.members.size();
    return sizeof(WindowValue) + rules * sizeof(std::uint32_t) +
           (correlation.type == Type::temporal_ordered ? rules * rules * sizeof(std::int64_t) : 0);
}

void WindowValue::clear() {
    const std::size_t rules = correlation_->members.size();
    count_ = value_count_ = unit_events_ = 0;
    sum_ = 0;
    values_.clear();
    units_.clear();
    numbers_.clear();
    members_.assign(rules, 0);
    if (correlation_->type == Type::temporal_ordered) starts_.assign(rules * rules, kNever);
}

void WindowValue::add(const Hit& hit) {
    ++count_;
    value_count_ += has_value(hit) ? 1 : 0;
    switch (correlation_->type) {
        case Type::event_count:
            if (hit.unit == 0) break;
            ++units_[hit.unit];
            ++unit_events_;
            break;
        case Type::value_count:
            for (const base::Hash128& value : hit.values) ++values_[value];
            break;
        case Type::value_sum:
        case Type::value_avg: sum_ += hit.number.value_or(0); break;
        case Type::value_percentile:
            if (!has_value(hit)) break;
            if (correlation_->percentile) {
                numbers_.insert(std::upper_bound(numbers_.begin(), numbers_.end(), *hit.number),
                                *hit.number);
            } else {
                ++values_[hit.values.front()];
            }
            break;
        case Type::temporal:
            for (std::size_t m = 0; m < members_.size(); ++m) members_[m] += hit.members >> m & 1;
            break;
        case Type::temporal_ordered: add_in_order(hit); break;
    }
}

void WindowValue::remove(const Hit& hit) {
    --count_;
    value_count_ -= has_value(hit) ? 1 : 0;
    switch (correlation_->type) {
        case Type::event_count:
            if (hit.unit == 0) break;
            count_down(units_, hit.unit);
            --unit_events_;
            break;
        case Type::value_count:
            for (const base::Hash128& value : hit.values) count_down(values_, value);
            break;
        case Type::value_sum:
        case Type::value_avg: sum_ -= hit.number.value_or(0); break;
        case Type::value_percentile:
            if (!has_value(hit)) break;
            if (correlation_->percentile) {
                numbers_.erase(std::lower_bound(numbers_.begin(), numbers_.end(), *hit.number));
            } else {
                count_down(values_, hit.values.front());
            }
            break;
        case Type::temporal:
            for (std::size_t m = 0; m < members_.size(); ++m) {
                members_[m] -= static_cast<std::uint32_t>(hit.members >> m & 1);
            }
            break;
        case Type::temporal_ordered: break;
    }
}

/// The longest rows that end with the event go on from rows of earlier events only: going from the
/// last rule to the first, no row is used that this event has made.
void WindowValue::add_in_order(const Hit& hit) {
    const std::size_t rules = members_.size();
    for (std::size_t rule = rules; rule-- > 0;) {
        if ((hit.members >> rule & 1) == 0) continue;
        std::int64_t* const own = &starts_[rule * rules];
        for (std::size_t before = 0; before < rule; ++before) {
            for (std::size_t length = 1; length <= before + 1; ++length) {
                own[length] = std::max(own[length], starts_[before * rules + length - 1]);
            }
        }
        own[0] = std::max(own[0], hit.time_ns());
    }
}

std::optional<Millionths> WindowValue::value(const Hit& last, std::int64_t begin_ns) const {
    const auto whole = [](std::uint64_t count) {
        return static_cast<Millionths>(count) * kMillionth;
    };
    switch (correlation_->type) {
        case Type::event_count: return whole(count_ - unit_events_ + units_.size());
        case Type::value_count: return whole(values_.size());
        case Type::value_sum:
            if (value_count_ == 0) return std::nullopt;
            return sum_;
        case Type::value_avg:
            if (value_count_ == 0) return std::nullopt;
            return divided(sum_, static_cast<Millionths>(value_count_));
        case Type::value_percentile: return percentile(last);
        case Type::temporal:
            return whole(static_cast<std::uint64_t>(std::count_if(
                members_.begin(), members_.end(), [](std::uint32_t count) { return count > 0; })));
        case Type::temporal_ordered: return longest_row(begin_ns);
    }
    return std::nullopt;
}

std::optional<Millionths> WindowValue::percentile(const Hit& last) const {
    const auto count = static_cast<Millionths>(value_count_);
    const Millionths hundred = 100 * kMillionth;
    if (correlation_->percentile) {
        if (numbers_.empty()) return std::nullopt;
        const Millionths rank = (*correlation_->percentile * count + hundred - 1) / hundred;
        return numbers_[static_cast<std::size_t>(std::max<Millionths>(rank, 1) - 1)];
    }
    if (last.values.empty()) return std::nullopt;
    return static_cast<Millionths>(values_.at(last.values.front())) * hundred / count;
}

Millionths WindowValue::longest_row(std::int64_t begin_ns) const {
    const std::size_t rules = members_.size();
    for (std::size_t length = rules; length > 0; --length) {
        for (std::size_t rule = length - 1; rule < rules; ++rule) {
            const std::int64_t start = starts_[rule * rules + length - 1];
            if (start != kNever && start >= begin_ns) {
                return static_cast<Millionths>(length) * kMillionth;
            }
        }
    }
    return 0;
}

}  // namespace vedette::detect::sigma
