// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "learn/primitive.h"

namespace vedette::learn {

/// What a member has taught its group on its newest day. Lives with the member.
struct MemberDay {
    std::int32_t day = INT32_MIN;
    float counted = 0;

    void save(StateWriter& out) const;
    /// False if it cannot have been written by save().
    bool restore(StateReader& in);
};

/// How much of what one member does a group may learn: on a day no more than twice what its members
/// taught it on a usual day of theirs.
///
/// So of N members that are there every day nobody has more than 2 / N of what the group knows: a
/// hundredth where they are two hundred, everything where there is but one. Those who do less than
/// twice the mean are not held back at all; the mean is that of what was counted, so that a loud
/// member does not raise its own bound.
/// Why days and not a share of what is there: where a group shrinks, a cap on shares would stop
/// those who are left from ever teaching again.
/// Error: days of members who come and go are counted with a half-life of a week; while a day goes
/// on, the bound is up to a tenth too small. On the first day of all the order of coming matters.
/// Cost: 24 bytes a group, 8 a member; 10 ns.
/// Source: the bound of A. Kloft and P. Laskov, "Online anomaly detection under adversarial
/// impact", AISTATS 2010: capped influence is bounded influence, unlimited is not.
class FairShare {
  public:
    static constexpr std::string_view kKind = "fair share";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr double kTimesMean = 2;
    static constexpr double kHalfLifeDays = 7;

    /// How much of an observation of weight `wanted`, in (0, 1], the group learns.
    double take(MemberDay& member, std::int32_t day, double wanted = 1);
    /// Members of a usual day, by the last weeks.
    double members() const;

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    void bring_up(std::int32_t day);

    double counted_ = 0, member_days_ = 0;  // decayed alike
    std::int32_t day_ = INT32_MIN;
};

}  // namespace vedette::learn
