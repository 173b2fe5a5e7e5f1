// SPDX-License-Identifier: Apache-2.0
#include "learn/burst/burst_statistic.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/check.h"
#include "learn/random.h"

namespace vedette::learn {

namespace {

constexpr float kCountMax = 1e15F;  // far from where floats stop adding up to squares

}  // namespace

BurstStatistic::BurstStatistic(BurstSettings settings)
    : settings_(settings), counters_(settings.rows * settings.columns) {
    VD_CHECK(settings.rows >= 1 && settings.rows <= 8 && settings.columns >= 4 &&
             std::has_single_bit(settings.columns) && settings.kept >= 0 && settings.kept < 1);
}

std::size_t BurstStatistic::place(std::uint64_t key, std::size_t row) const {
    return row * settings_.columns +
           static_cast<std::size_t>(pair_key(row, key) & (settings_.columns - 1));
}

/// What the ticks since have left of it.
double BurstStatistic::current_of(const Counter& counter) const {
    const std::int64_t age = newest_ - counter.tick;
    if (age == 0) return counter.current;
    double left = counter.current;
    for (std::int64_t i = 0; i < age && i < 64 && left > 0x1p-20; ++i) left *= settings_.kept;
    return left > 0x1p-20 && age < 64 ? left : 0;
}

BurstStatistic::Burst BurstStatistic::observe(std::uint64_t key, std::int64_t tick, double weight) {
    if (!has_begun_) first_ = tick;
    has_begun_ = true;
    // Ticks are counted from the first; what lies before it, or more than 2^60 behind, is cut.
    if (tick > first_) {
        const std::uint64_t since =
            static_cast<std::uint64_t>(tick) - static_cast<std::uint64_t>(first_);
        newest_ =
            std::max(newest_, static_cast<std::int64_t>(std::min(since, std::uint64_t{1} << 60)));
    }
    for (std::size_t row = 0; row < settings_.rows; ++row) {
        Counter& counter = counters_[place(key, row)];
        const double current = current_of(counter) + weight;
        counter.current = static_cast<float>(std::clamp<double>(current, 0, kCountMax));
        const double total = static_cast<double>(counter.total) + weight;
        counter.total = static_cast<float>(std::clamp<double>(total, 0, kCountMax));
        counter.tick = newest_;
    }
    return look(key);
}

BurstStatistic::Burst BurstStatistic::look(std::uint64_t key) const {
    double observed = kCountMax, total = kCountMax;
    for (std::size_t row = 0; row < settings_.rows; ++row) {
        const Counter& counter = counters_[place(key, row)];
        observed = std::min(observed, current_of(counter));
        total = std::min(total, static_cast<double>(counter.total));
    }
    Burst burst;
    const double ticks = static_cast<double>(newest_) + 1;
    burst.observed = observed;
    burst.expected = total / ticks;
    if (ticks < 2 || !(total > 0) || observed <= burst.expected) return burst;
    const double excess = (observed - burst.expected) * ticks;
    burst.statistic = excess * excess / (total * (ticks - 1));
    return burst;
}

void BurstStatistic::save(StateWriter& out) const {
    out.varint(settings_.rows);
    out.varint(settings_.columns);
    out.real(settings_.kept);
    out.integer(static_cast<std::uint8_t>(has_begun_ ? 1 : 0));
    out.integer(first_);
    out.integer(newest_);
    for (const Counter& counter : counters_) {
        out.real(counter.total);
        out.real(counter.current);
        out.integer(counter.tick);
    }
}

base::Result<void> BurstStatistic::restore(StateReader& in) {
    *this = BurstStatistic(settings_);
    const bool is_same = in.varint() == settings_.rows && in.varint() == settings_.columns &&
                         in.real64() == settings_.kept;
    if (!is_same) return not_ours(kKind, "its settings are others");
    const auto begun = in.integer<std::uint8_t>();
    has_begun_ = begun == 1;
    first_ = in.integer<std::int64_t>();
    newest_ = in.integer<std::int64_t>();
    for (Counter& counter : counters_) {
        counter.total = in.real32();
        counter.current = in.real32();
        counter.tick = in.integer<std::int64_t>();
    }
    const auto sound = check_invariants();
    if (in.is_good() && begun <= 1 && sound) return {};
    *this = BurstStatistic(settings_);
    return sound ? not_ours(kKind, "it is cut off") : sound;
}

base::Result<void> BurstStatistic::check_invariants() const {
    if (newest_ < 0 || newest_ > std::int64_t{1} << 60 ||
        (!has_begun_ && (newest_ != 0 || first_ != 0))) {
        return not_ours(kKind, "ticks that cannot be");
    }
    for (const Counter& counter : counters_) {
        const bool is_possible = counter.current >= 0 && counter.total >= 0 &&
                                 counter.current <= kCountMax && counter.total <= kCountMax &&
                                 counter.tick >= 0 && counter.tick <= newest_;
        if (!is_possible) return not_ours(kKind, "a count that cannot be");
    }
    return {};
}

}  // namespace vedette::learn
