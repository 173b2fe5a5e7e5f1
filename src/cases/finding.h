// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "event/batch.h"
#include "event/entity.h"

namespace vedette::cases {

/// Sigma's levels, in order.
enum class Severity : std::uint8_t { informational, low, medium, high, critical };

std::string_view name(Severity severity);
base::Result<Severity> parse_severity(std::string_view text);

/// One line of a finding's explanation. The bits of all lines add up to the finding's bits.
struct Reason {
    std::string feature;   ///< what was looked at: a field name, a measure
    std::string observed;  ///< what was there
    std::string expected;  ///< what the rule or the baseline asks for or is used to
    double bits = 0;       ///< evidence of this line; see DESIGN "one currency"
    std::string against;   ///< self, peers, everybody; "rule" where a rule decides
};

/// A detector's statement about events. The id is a hash of detector, rule, entity and window start
/// or first event, so that seeing the same events again gives the same finding.
struct Finding {
    std::string id;        ///< 32 hexadecimal digits
    std::string detector;  ///< e.g. "sigma"
    std::uint32_t detector_version = 1;
    std::string rule_id;
    std::string title;
    Severity severity = Severity::medium;
    std::vector<std::string> attack;  ///< ATT&CK ids: T1110.001, TA0006
    std::vector<event::Entity> entities;
    base::Timestamp first_seen, last_seen;  ///< event time
    std::vector<event::EventId> events;     ///< in order, at most kFindingEventsMax
    std::vector<Reason> reasons;
    std::string source;        ///< source of the first event
    std::string origin;        ///< file or peer of the first event
    std::uint64_t record = 0;  ///< 0-based number of the first event's record in origin
    std::string raw;           ///< the first event as it came, cut to kFindingRawMax
    // About being told, and no part of what is kept:
    /// It may be told again, under the same id but perhaps with an earlier first_seen, when more
    /// belongs to it: the newest counts.
    bool may_grow = false;
    bool has_grown = false;       ///< this is such another time
    event::EventId told_at = {};  ///< the event at which, where that is not its newest one

    double bits() const;
};

inline constexpr std::size_t kFindingEventsMax =
    100;  ///< enough to look at; counts go on elsewhere
inline constexpr std::size_t kFindingRawMax = 4'096;

/// The id of a finding about one event.
std::string finding_id(std::string_view detector, std::string_view rule_id, std::string_view entity,
                       event::EventId first_event);

/// The id where the first event is named otherwise, as `scan` does: (file, record, row).
std::string finding_id(std::string_view detector, std::string_view rule_id, std::string_view entity,
                       std::string_view first_event);

/// One JSON object without line end: `rule_id`, `source` (the origin), `event` (record number),
/// then everything else. Keys are in a fixed order, so equal findings give equal text.
std::string to_json(const Finding& finding);

}  // namespace vedette::cases
