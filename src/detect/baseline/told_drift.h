// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "detect/baseline/drift_watch.h"
#include "detect/baseline/told_finding.h"

namespace vedette::detect::baseline {

/// Everything that a person is told of an entity whose level creeps away.
struct ToldDrift {
    const rule::analytic::Analytic* analytic = nullptr;
    std::string entity;           ///< its name
    std::int64_t window_ms = 0;   ///< that the values are of
    base::Timestamp first, last;  ///< event time, of the window at which it was noticed
    std::vector<event::EventId> events;
    DriftAlarm alarm;
};

/// Evidence of a drift: it stakes its share on each day on which it may have begun.
double drift_bits(const DriftAlarm& alarm);

/// The finding, with lines that add up to drift_bits() exactly. Its rule is the analytic's id with
/// "-drift" behind it. Source, origin, record and raw are the caller's.
cases::Finding drift_finding(const ToldDrift& drift);

}  // namespace vedette::detect::baseline
