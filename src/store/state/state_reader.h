// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cases/finding.h"
#include "cases/incident.h"
#include "store/state/limits.h"
#include "store/state/rows.h"
#include "store/state/sqlite.h"

namespace vedette::store {

/// Reads the state: findings, incidents, inbox, outbox, positions, applied offsets, snapshots.
///
/// A reader beside the writer sees the last commit and never waits for it (write-ahead log). Each
/// call is one consistent look; two calls may see two commits.
/// Errors: of every call: io, corrupt, unavailable (busy for kStateBusyMs).
/// Threads: one at a time; each thread opens its own.
/// Limits: no call gives more than kStateReadRowsMax items; go on with `after`.
class StateReader {
  public:
    /// Errors: not_found, unsupported (newer schema), unavailable (older schema), corrupt.
    static base::Result<StateReader> open(const std::string& path);

    /// Offset up to which a view is complete; 0 if it never was.
    base::Result<std::uint64_t> applied(std::string_view view);
    /// origin -> position of one source.
    base::Result<std::map<std::string, std::string>> positions(std::string_view source);

    base::Result<std::optional<cases::Finding>> finding(std::string_view id);
    base::Result<std::vector<cases::Finding>> findings(const FindingFilter& filter = {});
    base::Result<std::uint64_t> finding_count();
    /// How often each rule whose id begins with `prefix` was found, the most frequent first.
    base::Result<std::vector<RuleCount>> rule_counts(std::string_view prefix,
                                                     std::size_t limit = kStateReadRowsMax);

    /// Also under the id of an incident that was merged into it.
    base::Result<std::optional<cases::Incident>> incident(std::string_view id);
    base::Result<std::vector<cases::Incident>> incidents(const IncidentFilter& filter = {});
    base::Result<std::uint64_t> incident_count();

    /// The newest first.
    base::Result<std::vector<InboxRow>> inbox(std::string_view stage, std::size_t limit = 100);
    base::Result<InboxStatus> inbox_status(std::string_view stage);

    /// In order of id. `after`: goes on behind this id.
    base::Result<std::vector<OutboxItem>> outbox(std::string_view state,
                                                 std::string_view after = {},
                                                 std::size_t limit = 100);

    base::Result<std::optional<Snapshot>> snapshot(std::string_view name);

    /// In order of offset, behind `after`.
    base::Result<std::vector<DecisionRow>> decisions(std::uint64_t after = 0,
                                                     std::size_t limit = kStateReadRowsMax);
    /// The offset from which on records arrived on `day` or later; nothing if none has.
    base::Result<std::optional<std::uint64_t>> first_offset_of_day(std::int32_t day);
    /// The newest day on which a record arrived.
    base::Result<std::optional<std::int32_t>> newest_arrival_day();
    /// The day on which the record at an offset arrived; nothing if it is older than what is known.
    base::Result<std::optional<std::int32_t>> day_of_offset(std::uint64_t journal_offset);
    /// How many findings remove_findings_before() would remove.
    base::Result<std::uint64_t> finding_count_before(std::uint64_t journal_offset);
    /// How many records of the inbox lie before the offset, in all stages.
    base::Result<std::uint64_t> inbox_count_before(std::uint64_t journal_offset);

    /// Every table in key order, one JSON object a line, the same bytes for the same content
    /// whatever the history of the file. Snapshots and the offsets of views are left out: they
    /// tell when something was saved, which may be any moment; detectors are compared by their
    /// checksums. Texts that are not UTF-8 are shown with U+FFFD;
    /// `hash` covers the true bytes of the whole row.
    base::Result<void> export_canonical(const std::function<void(std::string_view line)>& line);

  protected:
    explicit StateReader(SqliteConnection connection) : connection_(std::move(connection)) {}
    SqliteConnection& connection() { return connection_; }

  private:
    SqliteConnection connection_;
};

}  // namespace vedette::store
