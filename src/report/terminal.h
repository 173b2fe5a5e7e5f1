// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "cases/incident.h"
#include "report/json_lines.h"
#include "report/limits.h"
#include "report/shelf.h"
#include "report/summary.h"
#include "report/words.h"

namespace vedette::report {

struct TerminalOptions {
    std::size_t columns = 100;  ///< at least kColumnsMin are used
    bool has_color = false;  ///< the caller knows whether people look: a terminal, NO_COLOR unset
    Zone zone = Zone::utc;
    std::size_t incidents_max = kTerminalIncidentsMax;
};
inline constexpr std::size_t kColumnsMin = 40;

/// Incidents as stories, the heaviest first, and at the end what was read and found. What events
/// say is never sent to the terminal as it is (report/text.h); the only escape sequences are
/// colours of ours, and none without has_color.
void write_terminal(const std::vector<cases::Incident>& incidents, const FindingLookup& findings,
                    const Summary& summary, const TerminalOptions& options, const Sink& sink);

/// One incident alone.
void write_terminal(const cases::Incident& incident, const FindingLookup& findings,
                    const TerminalOptions& options, const Sink& sink);

}  // namespace vedette::report
