// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cases/finding.h"
#include "detect/registry.h"
#include "detect/standing.h"
#include "engine/learning/ordered_events.h"
#include "store/client.h"

namespace vedette::engine::learning {

/// What was learned of a history, and what would have been told while it was.
struct LearnedHistory {
    std::string state;  ///< of the detector, as Detector::save() gives it
    std::vector<detect::Standing> standings;
    std::uint64_t events = 0, findings = 0;
    base::Timestamp begin;         ///< of the first event; the range's where there is none
    std::uint64_t subtracted = 0;  ///< events that were there and left out
    std::map<std::int32_t, std::uint64_t> findings_by_day;  ///< by day since 1970, UTC
    /// By analytic: the findings with most bits.
    std::map<std::string, std::vector<cases::Finding>> samples;
};

struct LearnProgress {
    std::uint64_t events = 0, findings = 0;
    base::Timestamp reached;
};
/// False stops it.
using LearnWatcher = std::function<bool(const LearnProgress&)>;

/// Learns from stored events as if they came now, in the order of their own time: what a server
/// would know had it run these analytics all the while. Findings are counted, not raised.
/// Errors: those of the store; bad_input where no analytic is given; cancelled by the watcher.
base::Result<LearnedHistory> learn_history(const store::ClientOptions& store,
                                           const detect::Registry& registry,
                                           const detect::DetectorInputs& inputs,
                                           const OrderedChoice& choice, const LearnWatcher& watch);

}  // namespace vedette::engine::learning
