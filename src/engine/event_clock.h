// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "event/batch.h"

namespace vedette::engine {

/// What time it is for detectors: event time, never the machine's clock, so that a year of old logs
/// is judged as it would have been then and replay gives the same answers.
///
/// Each source has a watermark: the latest event time it has shown, but never more than five
/// minutes past the arrival of the record, so that one record dated 2100 moves nothing. The clock
/// is the smallest watermark of the sources that are alive; a source that was silent for five
/// minutes of journalled ticks stops holding it back, and without any the tick's own time counts.
/// It never goes backwards within one living set of sources by more than a source that begins with
/// older events. Deterministic and free of boundaries; state is small and saved. Limits:
/// kClockSourcesMax sources; the one silent for longest goes first.
class EventClock {
  public:
    void observe(const event::Batch& batch);
    /// The time to give to detectors for a tick that was journalled at `tick`.
    base::Timestamp at(base::Timestamp tick);

    std::string save() const;
    base::Result<void> restore(std::string_view bytes);

  private:
    struct Source {
        base::Timestamp watermark, last_arrival;
    };
    std::map<std::string, Source> sources_;
};

}  // namespace vedette::engine
