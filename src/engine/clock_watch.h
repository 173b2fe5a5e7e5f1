// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "base/counters.h"
#include "event/batch.h"

namespace vedette::engine {

/// Notices sources whose events are dated after they arrived: their clock is ahead, or they write
/// local time without a zone. `clocks:` in the configuration sets that right.
///
/// Events from the past say nothing, because they may have waited. An event counts as dated ahead
/// beyond kFutureAllowedNs. Counted in vedette_events_ahead_total, the furthest since the start in
/// vedette_events_ahead_seconds; the log tells of a source once, after kAheadEventsTold events, for
/// a single odd date is no clock.   Threads: one.
class ClockWatch {
  public:
    explicit ClockWatch(base::CounterRegistry& counters) : counters_(counters) {}
    void observe(const event::Batch& batch);

  private:
    struct Ahead {
        std::uint64_t events = 0;
        std::int64_t furthest_s = 0;
    };
    base::CounterRegistry& counters_;
    std::map<std::string, Ahead> sources_;
};

}  // namespace vedette::engine
