// SPDX-License-Identifier: Apache-2.0
#include "engine/event_clock.h"

#include <algorithm>

#include "base/bytes.h"
#include "engine/limits.h"

namespace vedette::engine {

void EventClock::observe(const event::Batch& batch) {
    for (const event::Row& row : batch.rows()) {
        const std::string& name = batch.origins()[row.origin].source;
        auto found = sources_.find(name);
        if (found == sources_.end()) {
            if (sources_.size() >= kClockSourcesMax) {
                sources_.erase(std::min_element(
                    sources_.begin(), sources_.end(), [](const auto& a, const auto& b) {
                        return a.second.last_arrival < b.second.last_arrival;
                    }));
            }
            found = sources_.emplace(name, Source{{INT64_MIN}, row.arrival}).first;
        }
        const base::Timestamp latest{row.arrival.unix_ns + kFutureAllowedNs};
        found->second.watermark = std::max(found->second.watermark, std::min(row.time, latest));
        found->second.last_arrival = std::max(found->second.last_arrival, row.arrival);
    }
}

base::Timestamp EventClock::at(base::Timestamp tick) {
    base::Timestamp clock{INT64_MAX};
    for (auto source = sources_.begin(); source != sources_.end();) {
        if (source->second.last_arrival.unix_ns < tick.unix_ns - kSilenceNs) {
            source = sources_.erase(source);
            continue;
        }
        clock = std::min(clock, source->second.watermark);
        ++source;
    }
    return sources_.empty() ? tick : clock;
}

std::string EventClock::save() const {
    std::string out;
    for (const auto& [name, source] : sources_) {
        base::put_text(out, name);
        base::put(out, source.watermark.unix_ns);
        base::put(out, source.last_arrival.unix_ns);
    }
    return out;
}

base::Result<void> EventClock::restore(std::string_view bytes) {
    sources_.clear();
    base::ByteReader in(bytes);
    while (in.is_good() && !in.is_at_end()) {
        const std::string name(in.text());
        Source source;
        source.watermark.unix_ns = in.get<std::int64_t>();
        source.last_arrival.unix_ns = in.get<std::int64_t>();
        if (in.is_good() && sources_.size() < kClockSourcesMax) sources_[name] = source;
    }
    if (!in.is_good()) {
        sources_.clear();
        return base::fail(base::ErrorCode::corrupt, "the saved clock is not whole");
    }
    return {};
}

}  // namespace vedette::engine
