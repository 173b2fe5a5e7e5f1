// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "event/batch.h"

namespace vedette::engine {

/// What came of each source and when: how many events, the last arrival, the usual gaps between
/// arrivals, and how far the times of events lie from their arrival. For `vedette doctor`.
///
/// A view of the journal as detectors are: saved with them, deterministic, free of boundaries.
/// Limits: kClockSourcesMax sources.   Cost: some ns an event.   Threads: one.
class Arrivals {
  public:
    /// Bucket i counts lengths of 2^(i-1) up to 2^i seconds; 0 those below one.
    using Lengths = std::array<std::uint64_t, 32>;
    struct Source {
        std::uint64_t events = 0;
        base::Timestamp first, last;  ///< arrival
        Lengths gaps{};               ///< between arrivals that differ
        Lengths late{};               ///< event time before arrival, of events that tell a time
        std::uint64_t ahead = 0;      ///< events dated more than five minutes after they arrived
        bool operator==(const Source&) const = default;
    };

    void observe(const event::Batch& batch);
    const std::map<std::string, Source, std::less<>>& sources() const { return sources_; }

    std::string save() const;
    /// Errors: corrupt; it is empty then.
    base::Result<void> restore(std::string_view bytes);

  private:
    std::map<std::string, Source, std::less<>> sources_;
};

/// The upper bound in seconds of the bucket in which the share `percent` of all lengths ends;
/// nothing if there are none.
std::optional<std::uint64_t> quantile_s(const Arrivals::Lengths& lengths, int percent);

}  // namespace vedette::engine
