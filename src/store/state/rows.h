// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "cases/finding.h"

/// What the state keeps besides findings and incidents, and how it is asked.
namespace vedette::store {

/// How far a source has come in one of its origins.
struct SourcePosition {
    std::string source, origin;
    std::string position;              ///< opaque bytes of the source
    std::uint64_t journal_offset = 0;  ///< of the chunk that carried it
    bool operator==(const SourcePosition&) const = default;
};

/// A record that could not be used, kept for a person to look at.
struct InboxRow {
    std::string stage = "parse";  ///< which stage gave it up; few, names of ours
    std::uint64_t journal_offset = 0;
    std::uint32_t row = 0;
    std::string source, origin, reason;
    std::string raw;                   ///< cut to kInboxRawBytesMax when it is kept
    std::uint64_t raw_size_bytes = 0;  ///< of the whole record; filled in when it is kept
    bool operator==(const InboxRow&) const = default;
};

/// What one stage has in the inbox. dropped + rows is all that ever came.
struct InboxStatus {
    std::uint64_t rows = 0, bytes = 0, dropped = 0;
};

/// What remove_findings_before() removed.
struct FindingsRemoved {
    std::uint64_t findings = 0, incidents = 0;
};

/// How often a rule was found, and between which times of events.
struct RuleCount {
    std::string rule_id;
    std::uint64_t findings = 0;
    base::Timestamp first_seen, last_seen;
};

/// A control record about keeping and removing (engine/decisions.h).
struct DecisionRow {
    std::uint64_t journal_offset = 0;
    std::string payload;
    bool operator==(const DecisionRow&) const = default;
};

/// A notice or action that must leave the house, once.
struct OutboxItem {
    std::string id;  ///< stable: the receiver's idempotency key
    std::string kind, payload, state;
    bool operator==(const OutboxItem&) const = default;
};

/// Saved state of a detector or the grouper, good up to and including an offset.
struct Snapshot {
    std::uint64_t journal_offset = 0;
    std::string bytes;
};

/// Which findings: all conditions together, newest first (first_seen, then id, both falling).
struct FindingFilter {
    cases::Severity severity_min = cases::Severity::informational;
    std::optional<base::Timestamp> from;  ///< first_seen at or after
    std::optional<base::Timestamp> to;    ///< first_seen before
    std::optional<std::string> rule_id;
    /// Goes on behind this one, for the next page.
    std::optional<std::pair<base::Timestamp, std::string>> after;
    std::size_t limit = 100;
};

/// Which incidents: all conditions together, newest first (last_seen, then id, both falling), or
/// those with most evidence first; `after` goes on in the order of time alone.
struct IncidentFilter {
    cases::Severity severity_min = cases::Severity::informational;
    std::optional<base::Timestamp> from;  ///< last_seen at or after
    std::optional<base::Timestamp> to;    ///< first_seen before
    std::optional<std::string> state;
    std::optional<std::pair<base::Timestamp, std::string>> after;
    bool is_by_evidence = false;
    std::size_t limit = 100;
};

}  // namespace vedette::store
