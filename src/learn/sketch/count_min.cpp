// SPDX-License-Identifier: Apache-2.0
#include "learn/sketch/count_min.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

constexpr double kStepsPerHalfLife = 1'024;
/// Increments grow by as many powers of two before all counts are scaled down.
constexpr double kHalfLivesMax = 40;
}  // namespace

CountMin::CountMin(Settings settings)
    : settings_(settings),
      step_ns_(std::max<std::int64_t>(
          1,
          static_cast<std::int64_t>(settings.half_life_seconds *
                                    static_cast<double>(base::kNsPerSecond) / kStepsPerHalfLife))) {
    VD_CHECK(settings.width_log2 >= 4 && settings.width_log2 <= 24);
    VD_CHECK(settings.half_life_seconds > 0 && settings.half_life_seconds < 1e10);
    lines_.resize(std::size_t{1} << line_bits());
}

std::int64_t CountMin::step_of(base::Timestamp time) const { return time.unix_ns / step_ns_; }

double CountMin::scale_of(base::Timestamp time) const {
    if (landmark_ == kNever) return 1;
    if (time.unix_ns >= scale_from_ns_ && time.unix_ns < scale_to_ns_) return scale_;
    return fixed_exp2(static_cast<double>(step_of(time) - landmark_) / kStepsPerHalfLife);
}

double CountMin::scale_for_update(base::Timestamp time) {
    if (time.unix_ns >= scale_from_ns_ && time.unix_ns < scale_to_ns_) return scale_;
    const std::int64_t step = step_of(time);
    if (landmark_ == kNever) landmark_ = step;
    const double half_lives = static_cast<double>(step - landmark_) / kStepsPerHalfLife;
    if (half_lives > kHalfLivesMax) {
        const double left = decay_of(half_lives);
        for (Line& line : lines_) {
            for (float& count : line.counts) count = static_cast<float>(count * left);
        }
        total_ *= left;
        landmark_ = step;
    }
    scale_ = fixed_exp2(static_cast<double>(step - landmark_) / kStepsPerHalfLife);
    // Before 1970 steps are rounded the other way: there none is remembered.
    scale_from_ns_ = step * step_ns_;
    scale_to_ns_ = step > 0 ? scale_from_ns_ + step_ns_ : scale_from_ns_;
    return scale_;
}

double CountMin::unit(base::Timestamp now) const { return std::max(scale_of(now), 1e-250); }

void CountMin::add(base::Timestamp time, std::uint64_t key, double count) {
    if (count > 0) add_at(spot(key), scale_for_update(time) * count);
}

void CountMin::subtract(base::Timestamp time, std::uint64_t key, double count) {
    if (count > 0) subtract_at(spot(key), scale_for_update(time) * count);
}

void CountMin::subtract_at(Spot spot, double counts) {
    auto& line = lines_[spot.line].counts;
    const auto less = static_cast<float>(counts);
    for (std::size_t row = 0; row < kRows; ++row) {
        float& place = line[cell(spot, row)];
        place = std::max(0.0F, place - less);
    }
    total_ = std::max(0.0, total_ - counts);
}

double CountMin::estimate(std::uint64_t key, base::Timestamp now) const {
    return count_at(spot(key)) / unit(now);
}

double CountMin::total(base::Timestamp now) const { return total_ / unit(now); }

double CountMin::error_bound(base::Timestamp now) const {
    return 2.718281828459045 * total(now) / static_cast<double>(1ull << settings_.width_log2);
}

void CountMin::save(StateWriter& out) const {
    out.integer(static_cast<std::uint8_t>(settings_.width_log2));
    out.integer(step_ns_);
    out.integer(landmark_);
    out.real(total_);
    // Runs of zeros are counted: a sketch that is hardly used saves small.
    for (std::size_t i = 0; i < size();) {
        std::size_t zeros = 0;
        while (i + zeros < size() && count_of(*this, i + zeros) == 0) ++zeros;
        i += zeros;
        std::size_t used = 0;
        while (i + used < size() && count_of(*this, i + used) != 0) ++used;
        out.varint(zeros);
        out.varint(used);
        for (; used > 0; --used) out.real(count_of(*this, i++));
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
    for (std::size_t i = 0; i < size();) {
        const std::uint64_t zeros = in.varint(), used = in.varint();
        const std::size_t room = size() - i;
        const bool is_right = in.is_good() && zeros <= room && used <= room - zeros &&
                              zeros + used > 0 && (used > 0 || zeros == room);
        if (!is_right) return refused("its counts are not whole");
        i += zeros;
        for (std::uint64_t k = 0; k < used; ++k) {
            count_of(*this, i) = in.real32();
            // One zero has one way to be written.
            if (count_of(*this, i++) == 0) return refused("a count is none");
        }
    }
    if (!in.is_good()) return refused("it is cut short");
    if (const auto checked = check_invariants(); !checked) return refused(checked.error().text);
    return {};
}

base::Result<void> CountMin::check_invariants() const {
    bool is_right = total_ >= 0 && total_ <= kTotalMax, is_nothing = total_ == 0;
    for (const Line& line : lines_) {
        for (const float count : line.counts) {
            is_right = is_right && count >= 0 && count <= kCountMax * 1.001F;
            is_nothing = is_nothing && count == 0;
        }
    }
    if (!is_right) return not_ours(kKind, "a count is impossible");
    if (landmark_ == kNever && !is_nothing) return not_ours(kKind, "it is empty and yet not");
    const bool has_place = landmark_ == kNever ||
                           (landmark_ >= step_of({INT64_MIN}) && landmark_ <= step_of({INT64_MAX}));
    if (!has_place) return not_ours(kKind, "its time is impossible");
    return {};
}

}  // namespace vedette::learn
