// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/time.h"
#include "cases/finding.h"
#include "cases/incident.h"
#include "correlate/bit_steps.h"

namespace vedette::correlate {

/// One rule as an incident has met it.
struct RuleSeen {
    std::string rule_id, title;
    cases::Severity severity = cases::Severity::informational;
    double bits = 0;             ///< the most one finding of it had
    base::Timestamp first_seen;  ///< event time of its earliest finding
    std::uint64_t finding_count = 1;
};

/// What decides which finding speaks for an incident: the most severe, then most bits, then the
/// earliest, then the smaller id. A total order, so the order of arrival does not matter.
struct Strongest {
    cases::Severity severity = cases::Severity::informational;
    double bits = 0;
    base::Timestamp first_seen;
    std::string finding_id, rule_id;
    std::string title;  ///< the rule's, cut
    std::string place;  ///< ": root on web-1 from 203.0.113.9"

    bool is_stronger_than(const Strongest& other) const;
};

/// An incident that may still grow: everything needed to add a finding or another incident, and to
/// build what people see.
///
/// Every part is a minimum, maximum, union or count, so that the content does not depend on the
/// order in which its findings came (as long as no bound of limits.h is reached); only the id does,
/// which is the first one's to come.
class OpenIncident {
  public:
    OpenIncident() = default;
    /// `evidence`: the most that the ledger holds against an entity of the finding.
    OpenIncident(const cases::Finding& first, BitSteps evidence, std::uint64_t number);

    /// False if it was already there (the same id at the same time) and changed nothing.
    bool add(const cases::Finding& finding, BitSteps evidence);
    /// Whether it lists the finding.
    bool has(const cases::Finding& finding) const;
    /// Takes in what has been added to a finding that it has.
    void grow(const cases::Finding& finding);
    /// Takes in all of another one.
    void add(OpenIncident other);

    /// Whether the union with these entities keeps within kIncidentEntitiesMax.
    bool has_room_for(const std::vector<event::Entity>& entities) const;

    cases::Incident build() const;
    std::size_t memory_bytes() const;

    std::uint64_t number() const { return number_; }
    const std::string& id() const { return id_; }
    base::Timestamp first_seen() const { return first_seen_; }
    base::Timestamp last_seen() const { return last_seen_; }
    const std::vector<event::Entity>& entities() const { return entities_; }
    /// Keys under which findings lead to this incident: see link_keys().
    const std::vector<std::string>& links() const { return links_; }
    bool has_link(const std::string& key) const;

    void save(std::string& out) const;
    /// The reader turns bad on bytes that save() did not write. Version 1 of the grouper's state
    /// has no evidence: its own bits stand for it.
    static OpenIncident restore(base::ByteReader& reader, std::uint8_t version);

  private:
    struct Listed {
        base::Timestamp first_seen;
        std::string id;
        auto operator<=>(const Listed&) const = default;
    };
    void add_rule(RuleSeen rule);
    void add_pair(const base::Hash128& pair, double bits);
    void add_entities(const std::vector<event::Entity>& entities);

    std::uint64_t number_ = 0;
    std::string id_;
    base::Timestamp first_seen_, last_seen_;
    std::uint64_t finding_count_ = 0;
    BitSteps evidence_ = 0;                      // the most so far
    std::vector<Listed> findings_;               // sorted, the first kIncidentFindingsMax
    std::vector<event::Entity> entities_;        // sorted
    std::vector<std::string> links_;             // sorted
    std::vector<std::string> attack_;            // sorted
    std::vector<RuleSeen> rules_;                // sorted by rule_id
    std::map<base::Hash128, double> pair_bits_;  // (rule, entity) -> the most bits of one finding
    Strongest strongest_;
};

/// The keys by which a finding is joined with others, at most kLinksPerFindingMax: its hosts,
/// users, addresses and accounts. Names that every machine has (root, administrator, ...) say
/// nothing across machines and do not link. A finding without any link is joined by rule and
/// origin.
std::vector<std::string> link_keys(const cases::Finding& finding);

/// The finding's entities as an incident keeps them: names cut, sorted, unique, at most
/// kIncidentEntitiesMax.
std::vector<event::Entity> kept_entities(const cases::Finding& finding);

}  // namespace vedette::correlate
