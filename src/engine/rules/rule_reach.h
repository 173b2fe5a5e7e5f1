// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "engine/coverage.h"
#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"

namespace vedette::engine {

/// Events of a data set from which on it is believed that a field that has not come never will.
inline constexpr std::uint64_t kJudgedEventsMin = 1'000;

/// Whether a rule can fire here, by the fields that have ever come.
struct RuleReach {
    enum class State : std::uint8_t {
        unplaced,   ///< no log-source file says which events are meant: never tried
        no_events,  ///< nothing of its log source has ever come
        cannot,     ///< the events that come lack `fields`
        can,        ///< nothing speaks against it
    };
    State state = State::can;
    std::vector<std::string> fields = {};  ///< that never came, of the data set that lacks fewest
    std::string dataset = {};
    std::uint64_t events = 0;  ///< of that data set

    std::string text() const;  ///< "TargetFilename never came in 1500 events of text"
};

/// Does not promise: that a rule that can fire ever does. Of a data set with fewer than
/// kJudgedEventsMin events, or with more fields than are counted, nothing is said against it.
RuleReach reach_of(const rule::sigma::Rule& rule, const rule::sigma::LogSourceMap& sources,
                   const Coverage& coverage);

}  // namespace vedette::engine
