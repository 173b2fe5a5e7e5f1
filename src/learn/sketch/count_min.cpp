// SPDX-License-Identifier: Apache-2.0
#include "learn/sketch/count_min.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "learn/fixed_math.h"
#include "learn/random.h"

namespace vedette::learn {

namespace {

constexpr double kStepsPerHalfLife = 1'024;
/// Increments grow by as many powers of two before all counts are scaled down.
constexpr double kHalfLivesMax = 40;
/// No count reaches this: increments are below 2^40, and a 32-bit count stops growing at 2^24 of
/// them.
constexpr double kCountMax = 1e22;

}  // namespace

CountMin::CountMin(Settings settings)
    : settings_(settings),
      step_ns_(std::max<std::int64_t>(
          1,
          static_cast<std::int64_t>(settings.half_life_seconds *
                                    static_cast<double>(base::kNsPerSecond) / kStepsPerHalfLife))) {
    VD_CHECK(settings.width_log2 >= 4 && settings.width_log2 <= 24);
    VD_CHECK(settings.half_life_seconds > 0 && settings.half_life_seconds < 1e10);
    counts_.resize(kRows << settings_.width_log2);
}

std::int64_t CountMin::step_of(base::Timestamp time) const { return time.unix_ns / step_ns_; }

double CountMin::scale_of(std::int64_t step) const {
    if (landmark_ == kNever) return 1;
    if (step == scale_step_) return scale_;
    return fixed_exp2(static_cast<double>(step - landmark_) / kStepsPerHalfLife);
}

double CountMin::scale_for_update(base::Timestamp time) {
    const std::int64_t step = step_of(time);
    if (step == scale_step_) return scale_;
    if (landmark_ == kNever) landmark_ = step;
    const double half_lives = static_cast<double>(step - landmark_) / kStepsPerHalfLife;
    if (half_lives > kHalfLivesMax) {
        const double left = decay_of(half_lives);
        for (float& count : counts_) count = static_cast<float>(count * left);
        total_ *= left;
        landmark_ = step;
    }
    scale_ = fixed_exp2(static_cast<double>(step - landmark_) / kStepsPerHalfLife);
    scale_step_ = step;
    return scale_;
}

void CountMin::add(base::Timestamp time, std::uint64_t key, double count) {
    if (!(count > 0)) return;
    const double more = scale_for_update(time) * count;
    const std::uint64_t mixed = mix_bits(key);
    for (std::size_t row = 0; row < kRows; ++row) {
        float& place = counts_[at(row, mixed)];
        place = static_cast<float>(std::min(place + more, kCountMax));
    }
    total_ = std::min(total_ + more, kCountMax);
}

void CountMin::subtract(base::Timestamp time, std::uint64_t key, double count) {
    if (!(count > 0)) return;
    const double less = scale_for_update(time) * count;
    const std::uint64_t mixed = mix_bits(key);
    for (std::size_t row = 0; row < kRows; ++row) {
        float& place = counts_[at(row, mixed)];
        place = static_cast<float>(std::max(0.0, place - less));
    }
    total_ = std::max(0.0, total_ - less);
}

double CountMin::estimate(std::uint64_t key, base::Timestamp now) const {
    const std::uint64_t mixed = mix_bits(key);
    float least = counts_[at(0, mixed)];
    for (std::size_t row = 1; row < kRows; ++row) least = std::min(least, counts_[at(row, mixed)]);
    return least / std::max(scale_of(step_of(now)), 1e-300);
}

double CountMin::total(base::Timestamp now) const {
    return total_ / std::max(scale_of(step_of(now)), 1e-300);
}

double CountMin::error_bound(base::Timestamp now) const {
    return 2.718281828459045 * total(now) / static_cast<double>(1ull << settings_.width_log2);
}

void CountMin::save(StateWriter& out) const {
    out.integer(static_cast<std::uint8_t>(settings_.width_log2));
    out.integer(step_ns_);
    out.integer(landmark_);
    out.real(total_);
    // Runs of zeros are counted: a sketch that is hardly used saves small.
    for (std::size_t i = 0; i < counts_.size();) {
        std::size_t zeros = 0;
        while (i + zeros < counts_.size() && counts_[i + zeros] == 0) ++zeros;
        i += zeros;
        std::size_t used = 0;
        while (i + used < counts_.size() && counts_[i + used] != 0) ++used;
        out.varint(zeros);
        out.varint(used);
        for (; used > 0; --used) out.real(counts_[i++]);
    }
}

base::Result<void> CountMin::restore(StateReader& in) {
    const auto refused = [this](std::string_view what) {
        *this = CountMin(settings_);
        return not_ours(kKind, what);
    };
    *this = CountMin(settings_);
    if (in.integer<std::uint8_t>() != settings_.width_log2 ||
        in.integer<std::int64_t>() != step_ns_) {
        return refused("it is of other settings");
    }
    landmark_ = in.integer<std::int64_t>();
    total_ = in.real64();
    for (std::size_t i = 0; i < counts_.size();) {
        const std::uint64_t zeros = in.varint(), used = in.varint();
        const std::size_t room = counts_.size() - i;
        const bool is_right = in.is_good() && zeros <= room && used <= room - zeros &&
                              zeros + used > 0 && (used > 0 || zeros == room);
        if (!is_right) return refused("its counts are not whole");
        i += zeros;
        for (std::uint64_t k = 0; k < used; ++k) {
            counts_[i] = in.real32();
            // One zero has one way to be written.
            if (counts_[i++] == 0) return refused("a count is none");
        }
    }
    if (!in.is_good()) return refused("it is cut short");
    if (const auto checked = check_invariants(); !checked) return refused(checked.error().text);
    return {};
}

base::Result<void> CountMin::check_invariants() const {
    const bool is_right = total_ >= 0 && total_ <= kCountMax &&
                          std::all_of(counts_.begin(), counts_.end(), [](float count) {
                              return count >= 0 && count <= kCountMax * 1.001;
                          });
    if (!is_right) return not_ours(kKind, "a count is impossible");
    const bool is_nothing = total_ == 0 && std::all_of(counts_.begin(), counts_.end(),
                                                       [](float count) { return count == 0; });
    if (landmark_ == kNever && !is_nothing) return not_ours(kKind, "it is empty and yet not");
    const bool has_place = landmark_ == kNever ||
                           (landmark_ >= step_of({INT64_MIN}) && landmark_ <= step_of({INT64_MAX}));
    if (!has_place) return not_ours(kKind, "its time is impossible");
    return {};
}

}  // namespace vedette::learn
