// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cases/finding.h"
#include "cases/incident.h"
#include "correlate/limits.h"
#include "correlate/open_incident.h"

namespace vedette::correlate {

/// How findings are grouped. Part of what decides an incident: goes with the journalled
/// configuration.
struct GrouperSettings {
    /// A finding joins while it lies at most this far from the incident's first or last one.
    std::int64_t window_s = 3'600;
    /// An incident never spans more; the next finding starts a new one.
    std::int64_t span_s_max = 86'400;
    /// Memory of all open incidents; over it the one untouched for longest is closed early.
    std::size_t memory_bytes_max = kGrouperBytesMax;
};

/// What became of the incidents since the last time it was asked. Do `merged` first, in order, then
/// `changed`.
struct IncidentChanges {
    struct Merged {
        std::string id, into;
        bool operator==(const Merged&) const = default;
    };
    std::vector<Merged> merged;
    std::vector<cases::Incident> changed;  ///< as they are now, the older first
};

/// Findings -> incidents, the first and plain way: what shares a host, user, address or account
/// within an hour of event time belongs together.
///
/// A finding joins the oldest open incident that shares a link with it (link_keys), lies within the
/// window and keeps within span and number of entities. Every further one that it fits as well is
/// merged into that one, under the oldest one's id. The limits on span and entities are what keeps
/// a busy server from swallowing the world: when an incident is full, the next begins.
///
/// A finding that is told again because it has grown (cases/finding.h) stays where it is, and takes
/// its incident along in time.
///
/// Bits of an incident: for each pair of rule and first entity the most bits of one finding, added
/// up. The same rule saying the same of the same host a thousand times is no more evidence than
/// once.
///
/// Deterministic in the order of calls and free of boundaries: how findings are cut into batches
/// does not matter, only their order among each other and the ticks. Findings may come late: the
/// window reaches back as well, and an incident stays in memory for a second window after its own.
/// Does not promise: to know findings again that left memory; hand each in once. Not a story of
/// causes: entities and time only.
/// Threads: one at a time.
/// Cost: O(links * kIncidentsPerLinkMax + rules) per finding, 70 us at 3,000 open incidents on two
/// busy cores; save() writes everything, 14 MB then. Memory as in the settings.
class Grouper {
  public:
    explicit Grouper(GrouperSettings settings = {}) : settings_(settings) {}

    /// `evidence`: the most that the ledger holds against one of the finding's entities, the
    /// finding itself included (Ledger::largest of link_keys()). An incident keeps the most of all.
    void observe(const cases::Finding& finding, BitSteps evidence);

    /// A journalled clock tick: incidents whose window has passed leave memory. They keep their
    /// state; closing a case is a person's verdict.
    void tick(base::Timestamp time);

    /// Everything that changed since the last call; call it once per step of the pipeline.
    IncidentChanges take_changes();

    /// The whole state between two steps. Changes must have been taken.
    std::string save() const;
    /// Replaces everything. Errors: corrupt, unsupported; the grouper is empty then.
    base::Result<void> restore(std::string_view state);

    std::uint64_t checksum() const;
    std::size_t memory_bytes() const { return memory_bytes_; }
    std::size_t open_count() const { return open_.size(); }
    /// Incidents that left memory early because of memory_bytes_max.
    std::uint64_t closed_early_count() const { return closed_early_count_; }

  private:
    using Number = std::uint64_t;
    struct Entry {
        OpenIncident incident;
        std::uint64_t touched = 0;  // clock_ of the call that changed it last
        // As they are in the indexes and in memory_bytes_.
        base::Timestamp indexed_end;
        std::size_t indexed_bytes = 0;
        bool is_changed = false;
    };
    bool is_joinable(const OpenIncident& incident, base::Timestamp first, base::Timestamp last,
                     const std::vector<event::Entity>& entities) const;
    std::vector<Number> candidates(const std::vector<std::string>& keys) const;
    bool grow(const cases::Finding& finding, const std::vector<std::string>& keys,
              const std::vector<Number>& candidates);
    void keep_within_memory();
    void merge(Number from, Number into);
    /// Around every change of an entry. Links are only ever added, so they stay in between.
    void remove_place(const Entry& entry);
    void add_place(Entry& entry);
    /// Indexes the incident under those of the keys that it kept.
    void add_links(const OpenIncident& incident, const std::vector<std::string>& keys);
    void remove_links(const OpenIncident& incident);
    /// Lets go of one; what changed in it is still told.
    void close(Number number);
    std::string encode_state() const;

    GrouperSettings settings_;
    Number next_number_ = 1;
    std::uint64_t clock_ = 0;       // calls of observe so far
    std::map<Number, Entry> open_;  // by age
    std::unordered_map<std::string, std::set<Number>> by_link_;
    std::set<std::pair<std::uint64_t, Number>> by_touch_;  // (touched, number)
    std::set<std::pair<base::Timestamp, Number>> by_end_;  // (last_seen, number)
    std::size_t memory_bytes_ = 0;
    std::uint64_t closed_early_count_ = 0;
    std::vector<IncidentChanges::Merged> merged_;  // since the last take_changes
    std::map<Number, cases::Incident> left_;       // changed, then closed
};

}  // namespace vedette::correlate
