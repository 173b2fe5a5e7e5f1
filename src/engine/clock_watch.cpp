// SPDX-License-Identifier: Apache-2.0
#include "engine/clock_watch.h"

#include <algorithm>

#include "base/log.h"
#include "engine/limits.h"

namespace vedette::engine {

void ClockWatch::observe(const event::Batch& batch) {
    for (const event::Row& row : batch.rows()) {
        const std::int64_t latest_ns = row.arrival.unix_ns + kFutureAllowedNs;
        if (row.time.unix_ns <= latest_ns || (row.flags & event::kRowTimeGuessed) != 0) continue;
        const std::string& name = batch.origins()[row.origin].source;
        if (sources_.size() >= kClockSourcesMax && sources_.count(name) == 0) continue;
        Ahead& ahead = sources_[name];
        const std::int64_t far_s =
            row.time.unix_ns / base::kNsPerSecond - row.arrival.unix_ns / base::kNsPerSecond;
        ahead.furthest_s = std::max(ahead.furthest_s, far_s);
        const std::string labels = "source=\"" + name + "\"";
        counters_.number("vedette_events_ahead_total", labels) = ++ahead.events;
        counters_.number("vedette_events_ahead_seconds", labels) =
            static_cast<std::uint64_t>(ahead.furthest_s);
        if (ahead.events != kAheadEventsTold) continue;
        base::log::warn("clocks.ahead",
                        {{"source", name},
                         {"seconds", ahead.furthest_s},
                         {"hint",
                          "its clock is ahead, or its times are local ones without a zone: "
                          "see docs/howto/times.md"}});
    }
}

}  // namespace vedette::engine
