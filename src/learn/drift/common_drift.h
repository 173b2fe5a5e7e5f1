// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "learn/primitive.h"

namespace vedette::learn {

/// What the members of a group have in common of how their levels move: by how many deviations all
/// of them lie beyond their slow levels on one day, and how much longer than by chance a member
/// usually stays away.
///
/// Each member says one number a day, clipped, whatever it does: of N members that day nobody has
/// more than an N-th of the say.
/// Why the second number: daily means of honest members hang together from day to day (projects,
/// habits), so that a sum of differences wanders further than if each day were a new throw. What a
/// week's mean scatters, over what it would by chance, tells by how much; it is learned from all,
/// because an attacker would teach his own.
/// Error: a day's mean of few is drawn to what the caller says, as if kLent others had said it.
/// Cost: 84 bytes; 10 ns.
/// Source: differences in differences; the second number is the variance ratio of A. Lo and
/// A. C. MacKinlay, Review of Financial Studies 1(1), 1988, over exponentially weighted weeks.
class CommonDrift {
  public:
    static constexpr std::string_view kKind = "common drift";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr double kLent = 3;
    static constexpr double kDifferenceMax = 2.5;
    static constexpr std::size_t kDays = 6;
    /// What remains of a week's mean after a day, and how it scatters by chance.
    static constexpr double kLeftOfWeek = 0.9057236642639067;
    static constexpr double kChanceVariance = (1 - kLeftOfWeek) / (1 + kLeftOfWeek);

    /// A member's day.
    void add(std::int32_t day, double difference);
    /// What the others did on that day. `own`: what this member said of it, if it did; `above`:
    /// what those did who stand in while the others are few.
    double of_others(std::int32_t day, std::optional<double> own, double above) const;
    /// Whether anybody said anything of that day, as far as days are remembered.
    bool knows(std::int32_t day) const;
    /// A member's week lay so many deviations away (the mean weighed by kLeftOfWeek).
    void learn_week(std::int32_t day, double week_mean);
    /// By how many a difference is to be divided; at least 1.
    double persistence() const;

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    struct Day {
        std::int32_t day = 0;
        std::uint32_t members = 0;
        float sum = 0;
        bool operator==(const Day&) const = default;
    };

    std::array<Day, kDays> days_{};
    float weight_ = 0, squares_ = 0;  // of weeks
    std::int32_t last_ = 0;
};

}  // namespace vedette::learn
