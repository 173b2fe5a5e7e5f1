// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "learn/primitive.h"

namespace vedette::learn {

/// What one day said.
struct DayMean {
    std::int32_t day = 0;
    double weight = 0;  ///< observations, by their share
    double mean = 0;
    /// Deviations it lay beyond the slow level as that was when the day ended; nothing while little
    /// was known.
    std::optional<double> difference;
};

/// A level that learns late and forgets slowly, in daily means. Each day counts once, or less if it
/// has less than a usual one.
///
/// Quarantine: what a day says waits until `wait_days` whole days lie behind it. Its owner may drop
/// what waits. Nothing of it is in the slow level until then, so what an attack did on the day
/// before it was noticed never is.
/// Half-life sixty days, so that after a month of steady drift three quarters of it still stand
/// out. The scatter is that of daily means about the level as it was before each of them, so that
/// slow wandering is part of it, but not what others do as well; days beyond four deviations count
/// as four. Error: 32-bit sums, about 1e-6 of the deviation plus 1e-7 of the mean. Not for: values
/// with a season of their own (take the hour's usual distance off first). Cost: 88 bytes; 10 ns an
/// observation, 100 ns a day. Source: the quarantine: A. Cretu et al., "Casting out demons:
/// sanitizing training data for anomaly sensors", IEEE S&P 2008; the sums: Welford, as in
/// learn/moments/decayed_moments.h.
class SlowBaseline {
  public:
    static constexpr std::string_view kKind = "slow baseline";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr double kHalfLifeDays = 60;
    /// Days that must be known before differences mean something.
    static constexpr double kDaysMin = 20;
    static constexpr std::size_t kWaiting = 4;
    static constexpr std::int32_t kWaitDaysMax = kWaiting - 2;

    /// An observation of that day. Days may lag by as many as may wait; older ones are left out.
    void add(std::int32_t day, double value, double share);
    /// Takes an observation out again that was added. False if its day waits no longer.
    bool take_back(std::int32_t day, double value, double share);
    /// The day that ended with the beginning of `today` and was not told before, with its
    /// difference; nothing if there is none. Ask until there is nothing.
    std::optional<DayMean> ended(std::int32_t today, double resolution);
    /// The oldest day that has waited long enough; it waits no longer. Ask until there is nothing.
    std::optional<DayMean> due(std::int32_t today, std::int32_t wait_days);
    /// The slow level learns a day. `shared`: by how many deviations others lay beyond theirs; it
    /// is no part of the scatter. Days in order; late ones count as the newest.
    void absorb(const DayMean& day, double shared, double resolution);
    /// Takes a day out again that was learned, or the part of it that `mean` and `share` say.
    void take_out(std::int32_t day, double mean, double share);

    /// Days that the level stands on, decayed.
    double days() const { return weight_; }
    double level() const { return mean_; }
    /// Of a usual day's mean; at least a quarter of `resolution`.
    double deviation(double resolution) const;

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    struct Slot {
        std::int32_t day = 0;
        float weight = 0, sum = 0;  // weight 0: empty
        float difference = kUnknown;
        bool operator==(const Slot&) const = default;
    };
    /// Not told yet, and told that nothing is known.
    static constexpr float kUntold = 1e30f, kUnknown = 2e30f;

    Slot* slot_of(std::int32_t day);
    double difference_of(const Slot& slot, double resolution) const;

    std::array<Slot, kWaiting> waiting_{};
    float weight_ = 0, mean_ = 0, squares_ = 0;
    float usual_ = 0;  // observations of a usual day
    std::int32_t last_ = 0;
};

}  // namespace vedette::learn
