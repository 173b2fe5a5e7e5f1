// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "detect/baseline/drift_profiles.h"
#include "rule/analytic/analytic.h"

namespace vedette::detect::baseline {

/// What one window taught an entity.
struct DriftLesson {
    std::uint64_t place = 0;      ///< of the entity in the behaviour and window length
    std::uint64_t peers = 0;      ///< place of its group; that of everybody where it has none
    std::uint64_t everybody = 0;  ///< place of everybody
    base::Timestamp time;         ///< of the window's begin
    double value = 0;             ///< above the hour's usual distance, as the fast baseline took it
    double share = 0;             ///< how much the fast baseline learned of it
    /// When the evidence against the entity last was high; what waits since then is dropped.
    std::optional<base::Timestamp> suspected = {};
};

/// An entity whose level crept away from what it was, and not with the others.
struct DriftAlarm {
    bool is_up = false;
    learn::DivergenceRun run;
    double fast = 0, slow = 0;  ///< levels of the last week and of the last months, scaled
    double days = 0;            ///< that the slow level stands on, decayed
    double others = 0;          ///< by how much the others' level lies off its slow one, scaled
    bool has_peers = false;
};

/// Fast, slow and peers' baselines of every entity, and the alarm when they diverge.
///
/// The fast baseline is learn::SeasonalMoments, which learns at once. The slow one learns what a
/// day said after another whole day, and not at all if the evidence against the entity rose
/// meanwhile beyond kBitsOfSuspicion (quarantine). An entity whose days lie beyond its slow level,
/// and further beyond than those of the others, sums that up (learn/drift/divergence_cusum.h) and
/// is told of at kDriftBits; once in kDriftQuietDays at most.
/// What it cannot see: drift that began before the slow level stood on twenty days; what only
/// happens in one hour of the week, which the hour's usual distance takes on within weeks; all
/// members of a group together.
/// Cost: 250 bytes an entity and window length; 100 ns a window.
class DriftWatch {
  public:
    explicit DriftWatch(std::size_t budget_bytes, std::int32_t wait_days = kWaitDays);

    std::optional<DriftAlarm> learn(const DriftLesson& lesson, rule::analytic::Direction direction,
                                    double resolution);
    /// How much of a window's value its group and everybody may learn (learn/influence).
    struct Shares {
        double peers = 1, everybody = 1;
    };
    Shares shares(const DriftLesson& lesson);
    /// The first values of a group, which wait until there are enough of them.
    learn::FirstValues* first_of(std::uint64_t group, base::Timestamp time);
    /// The slow baseline of a place; nullptr if there is none.
    const learn::SlowBaseline* slow(std::uint64_t place);

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const;
    std::uint64_t forgotten_count() const;

  private:
    struct Others {
        double difference = 0, persistence = 1;
        bool are_known = false;
    };
    void tell_group(std::uint64_t group, base::Timestamp time, const learn::DayMean& day);
    Others others_of(const DriftLesson& lesson, const learn::DayMean& day);
    std::optional<DriftAlarm> judge(DriftProfile& profile, const DriftLesson& lesson,
                                    const learn::DayMean& day, const Others& others,
                                    rule::analytic::Direction direction, double resolution);

    std::int32_t wait_days_;
    ProfileStore<DriftProfile> entities_;
    ProfileStore<GroupDriftProfile> groups_;
};

/// One member's value, and how much of it its group may learn.
struct GroupLesson {
    base::Timestamp time;
    double value = 0, share = 1;
};
/// Teaches a group, by way of its first values while there are few; `first` may be nullptr.
void teach_group(learn::SeasonalMoments& moments, learn::FirstValues* first,
                 const GroupLesson& lesson, double resolution);

}  // namespace vedette::detect::baseline
