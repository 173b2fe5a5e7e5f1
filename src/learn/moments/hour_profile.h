// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "learn/primitive.h"

namespace vedette::learn {

inline constexpr std::uint32_t kHoursOfWeek = 168;
/// Of the week that begins Thursday 00:00 UTC, as 1970 did.
std::uint32_t hour_of_week(base::Timestamp time);

/// By how much each hour of the week lies above or below the level, in 216 bytes.
///
/// Why hours of the week: day and night, weekdays and weekends are what most series of people and
/// machines have in common, and an hour late or summer time move them little.
/// Each hour has one signed byte, in steps of a unit that grows and shrinks with what is to be
/// told, and how often it was learned (up to three). It is a mean over about six weeks. Changes
/// below a step are not lost but rounded up or down with the chance that keeps the mean (by a hash
/// of the change, so that it is the same everywhere).
/// Error: rounding adds noise with a standard deviation of about 1.2 steps; a step is a 16th of the
/// deviation that learn() is given, or a 64th to a 127th of the largest distance where that is
/// more.
/// Not for: seasons of another length, or holidays (they are odd for this).
/// Cost: 216 bytes; reading is a multiplication, learning goes over all hours, once an hour.
class HourProfile {
  public:
    static constexpr std::string_view kKind = "hour-of-week profile";
    static constexpr std::uint8_t kVersion = 1;

    /// The mean of an hour that is over lay `distance` from the level; `deviation` is the scatter
    /// of single values, which decides how fine it is told.
    void learn(std::uint32_t hour, double distance, double deviation);
    /// 0 where the hour was never learned.
    double distance(std::uint32_t hour) const { return codes_[hour] * static_cast<double>(unit_); }
    /// Weeks in which it was learned: 0, 1, 2, or 3 for three and more.
    int weeks(std::uint32_t hour) const { return learned_[hour / 4] >> hour % 4 * 2 & 3; }
    bool is_empty() const { return unit_ == 0; }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    void set_unit(double unit);
    void choose_unit(double distance, double deviation);

    std::array<std::int8_t, kHoursOfWeek> codes_{};
    std::array<std::uint8_t, kHoursOfWeek / 4> learned_{};
    float unit_ = 0;
};

}  // namespace vedette::learn
