// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "learn/moments/decayed_moments.h"
#include "learn/moments/hour_profile.h"
#include "learn/primitive.h"

namespace vedette::learn {

/// What a value is held against, and from how much it is known.
struct Expectation {
    double value = 0;          ///< expected now
    double deviation = 0;      ///< of a single value about it; never 0 once anything is known
    double low = 0, high = 0;  ///< nine of ten values lie between, if they scatter normally
    double weight = 0;         ///< observations it stands on, decayed; 0: nothing is known
    double own_share = 0;      ///< in [0, 1], of the expectation; the rest is the peers'
    int weeks_of_hour = 0;     ///< weeks in which this hour was seen, up to 3
};

/// What was learned of one observation; handed back to take it out again.
struct Contribution {
    base::Timestamp time;
    double value = 0;  ///< after winsorising, above the hour's usual distance
    double share = 0;  ///< 0: nothing was learned
    double raw = 0;    ///< after winsorising, as it counts for the hour
};

/// What expected() and update() say of one value.
struct Met {
    Expectation expected;  ///< before the value was learned
    Contribution learned;
};

/// What is normal for one number of one entity: level, scatter, and the shape of its week.
///
/// The hour's usual distance is taken off first, and moments over four half-lives are kept of what
/// is left, so that night and day do not count as scatter. The mean over a week's half-life is the
/// level that distances are measured from; an hour is learned when the next begins. What came in an
/// hour before its distance was known is corrected then, so that the first week's nights do not
/// count as scatter for months.
/// An attacker who is part of the data: values count no further than four deviations away
/// (winsorised; forty in an hour of the week that was never seen), and with a share of (1 - risk).
/// The owner keeps the Contributions for as long as a
/// verdict may come, and subtracts those of a confirmed attack.
/// Before an entity has a history of its own, and for hours it has not lived through, the peers'
/// expectation and profile stand in; they fade over its first twenty observations.
/// Error: that of its parts (decayed_moments.h, hour_profile.h). Taking out is exact for moments
/// and for the hour in progress; of an hour that is over, a sixth of what it did to the hour stays.
/// Not for: quantities whose scale is multiplicative; hand in their logarithm (bytes, durations) or
/// 2 * sqrt(count + 3/8) for counts.
/// Cost: 288 bytes; 70 ns in the cache, 320 among a hundred thousand.
class SeasonalMoments {
  public:
    static constexpr std::string_view kKind = "seasonal moments";
    static constexpr std::uint8_t kVersion = 1;

    /// `resolution`: differences below it mean nothing (1 for plain counts); above 0. `peers` may
    /// be nullptr.
    Expectation expected(base::Timestamp time, double resolution,
                         const SeasonalMoments* peers) const;
    /// Learns. `risk`, in [0, 1], of the entity now: at 1 nothing is learned. Peers do not clip:
    /// who differs from them shall be known as it is.
    Contribution update(base::Timestamp time, double value, double risk, double resolution);
    /// expected() and then update(), to the last bit, in one go: most of what they look at is the
    /// same. `decay` is for all moments of one entity, or of many in turn.
    Met meet(base::Timestamp time, double value, double risk, double resolution,
             const SeasonalMoments* peers, DecayBetween& decay);
    /// update() of a group that many members teach: `share` is how much of this one's counts. No
    /// value counts further than four deviations, not even in an hour that was never seen: one
    /// member that does what no other does is not the group's morning.
    Contribution update_group(base::Timestamp time, double value, double share, double resolution);
    /// Takes out what update() said it learned.
    void subtract(const Contribution& learned);

    /// Of what is left after the hour's distance is taken off.
    Moments residual(Horizon horizon, base::Timestamp now) const {
        return moments_.at(horizon, now);
    }
    const HourProfile& profile() const { return profile_; }
    base::Timestamp last() const { return moments_.last(); }
    bool is_empty() const { return moments_.is_empty(); }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    static constexpr std::int32_t kNoHour = INT32_MIN;
    Expectation expected_of(const Moments& own, std::uint32_t hour, double resolution,
                            base::Timestamp time, const SeasonalMoments* peers) const;
    Contribution learn(base::Timestamp time, double value, double share, double resolution,
                       const Moments& own, DecayBetween& decay, bool is_group = false);
    void end_hour(double resolution);

    DecayedMoments moments_;
    HourProfile profile_;
    std::int32_t hour_ = kNoHour;  // since 1970, in progress
    float hour_weight_ = 0, hour_sum_ = 0;
};

/// Deviations beyond which a value counts no further.
inline constexpr double kWinsorDeviations = 4;

}  // namespace vedette::learn
