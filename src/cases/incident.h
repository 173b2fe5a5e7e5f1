// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cases/finding.h"

namespace vedette::cases {

/// What one rule has to do with an incident.
struct IncidentRule {
    std::string rule_id, title;
    Severity severity = Severity::informational;  ///< the highest of its findings
    base::Timestamp first_seen;
    std::uint64_t finding_count = 0;
    bool operator==(const IncidentRule&) const = default;
};

/// Findings that belong together: what a person works on.
struct Incident {
    std::string id;  ///< stable: made from the first finding
    std::string title;
    Severity severity = Severity::medium;  ///< the highest of its findings
    double bits = 0;                       ///< sum over different rules, see correlate/
    /// The most evidence that the ledger held against one of its entities when a finding joined:
    /// what came before it counts, what faded does not. What incidents are ranked by.
    double evidence_bits = 0;
    std::string state = "open";  ///< open, closed
    base::Timestamp first_seen, last_seen;
    std::vector<event::Entity> entities;  ///< sorted, unique
    std::vector<std::string> findings;    ///< finding ids in order of first_seen, then id
    std::uint64_t finding_count = 0;      ///< may exceed findings.size() (kIncidentFindingsMax)
    std::vector<std::string> attack;      ///< sorted, unique
    std::vector<std::string> rules;  ///< titles of the rules, each once, in order of appearance
    std::vector<IncidentRule> rule_counts;  ///< in order of first_seen
    std::string lead;  ///< id of the finding that speaks for all: the strongest
};

inline constexpr std::size_t kIncidentFindingsMax = 1'000;

/// One JSON object without line end, keys in a fixed order.
std::string to_json(const Incident& incident);

}  // namespace vedette::cases
