// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "store/state/state_reader.h"

namespace vedette::store {

class StateTransaction;

/// The small relational state: what Vedette concluded and how far it has come, in one SQLite file.
///
/// A view of the journal: it may be deleted and is then rebuilt, byte for byte in the canonical
/// export. Each step of the pipeline writes its data and the offset it has reached in one
/// transaction, so after a kill at any moment a record's effect is there exactly once.
///
/// Write-ahead log with synchronous=NORMAL: a commit survives the end of this process, and after a
/// loss of power the file is whole but may be some commits back; replay does those again, from the
/// offset that went back with them. That spares a flush to the disk per step beside the journal's
/// own. What must not go back is asked for by sync(): call it before Journal::release().
///
/// Does not promise: that two processes may write; the second waits kStateBusyMs for each commit.
/// Limits: findings and incidents stay until removed; the inbox is bounded (put_inbox).
/// Threads: one at a time. Readers are StateReader, each with its own connection.
class StateStore : public StateReader {
  public:
    /// Opens or makes the file, checks it, brings its schema up to date.
    /// Errors: corrupt (damaged or not a database), unsupported (newer schema), bad_input (another
    /// program's database), denied, io, unavailable.
    /// Cost: the check reads the whole file; 60 MB took 0.4 s on two busy cores.
    static base::Result<StateStore> open(const std::string& path);

    /// Starts the only transaction; the store must outlive it and stay where it is.
    base::Result<StateTransaction> begin();

    /// Writes the file anew without what was removed from it, and the write-ahead log empty: after
    /// that no byte of a removed row is in either. Outside a transaction.
    /// Cost: the whole file is read and written, and held in memory meanwhile.
    /// Errors: unavailable if a reader holds an old view for longer than kStateBusyMs.
    base::Result<void> compact();

    /// Returns once everything committed is on the disk. Cost: one or two flushes.
    /// Errors: unavailable if a reader holds an old view for longer than kStateBusyMs.
    base::Result<void> sync();

  private:
    using StateReader::StateReader;
};

/// The writes of one step. Nothing is visible to readers before commit(), everything after it;
/// without commit() the destructor takes it all back. After the first failed call every further one
/// fails as well, and commit() rolls back: no half step is ever kept.
class StateTransaction {
  public:
    StateTransaction(StateTransaction&& other) noexcept;
    StateTransaction& operator=(StateTransaction&&) = delete;
    ~StateTransaction();

    /// Insert, or replace what has the same id.
    base::Result<void> put_finding(const cases::Finding& finding);
    base::Result<void> put_incident(const cases::Incident& incident);
    base::Result<void> remove_incident(std::string_view id);
    /// Removes `id` and remembers that it is found under `into` from now on.
    base::Result<void> merge_incident(std::string_view id, std::string_view into);

    /// Everything up to `journal_offset` is in this view.
    base::Result<void> set_applied(std::string_view view, std::uint64_t journal_offset);

    base::Result<void> put_position(const SourcePosition& position);
    base::Result<void> remove_position(std::string_view source, std::string_view origin);

    /// Keeps a failed record. A stage hands in its records in rising (offset, row); one at or below
    /// the last is already known and left alone, so doing a range again changes nothing.
    /// Limits: raw is cut to kInboxRawBytesMax; over kInboxRowsMax or kInboxBytesMax of the stage
    /// the oldest go and are counted. Decided per record, so it is the same for every cut.
    base::Result<void> put_inbox(const InboxRow& row);

    /// Takes a record out that was read after all; one that is not there is no error.
    base::Result<void> remove_inbox(std::string_view stage, std::uint64_t journal_offset,
                                    std::uint32_t row);

    /// Keeps a control record that says what is kept and what goes; the same again changes nothing.
    base::Result<void> put_decision(std::uint64_t journal_offset, std::string_view payload);
    /// Notes that records of this day of arrival begin here; the first to say so is right.
    base::Result<void> put_arrival_day(std::int32_t day, std::uint64_t journal_offset);

    /// Removes the findings whose events all lie before `journal_offset`, then the incidents of
    /// which no finding is left, with the names under which they were known before.
    base::Result<FindingsRemoved> remove_findings_before(std::uint64_t journal_offset);
    /// Removes a stage's records before `journal_offset`. They do not count as dropped, and do not
    /// come back when a range is done again.   Returns: how many there were.
    base::Result<std::uint64_t> remove_inbox_before(std::string_view stage,
                                                    std::uint64_t journal_offset);

    /// Takes back what judging from `journal_offset` on will conclude once more: findings with an
    /// event there, incidents of which none is left then, records of the inbox's stages "parse" and
    /// "journal", days of arrival. Saved detectors and the view's offset are the caller's.
    base::Result<void> take_back_from(std::uint64_t journal_offset);
    base::Result<void> remove_finding(std::string_view id);
    base::Result<void> remove_snapshots_but(std::string_view name);

    /// Insert, or replace what has the same id.
    base::Result<void> put_outbox(const OutboxItem& item);
    base::Result<void> remove_outbox(std::string_view id);

    /// Errors: limit over kSnapshotBytesMax.
    base::Result<void> put_snapshot(std::string_view name, const Snapshot& snapshot);

    /// Errors: limit (disk full), io, unavailable; nothing was written then.
    base::Result<void> commit();

  private:
    friend class StateStore;
    explicit StateTransaction(SqliteConnection& connection) : connection_(&connection) {}
    /// The statement, unless an earlier call failed.
    base::Result<SqliteStatement> statement(std::string_view sql);
    base::Result<void> kept(base::Result<void> result);
    base::Result<void> insert_inbox(const InboxRow& row, InboxStatus& status);
    base::Result<void> drop_oldest_inbox(std::string_view stage, InboxStatus& status);
    base::Result<void> do_put_inbox(const InboxRow& row);
    base::Result<void> do_remove_inbox(std::string_view stage, std::uint64_t journal_offset,
                                       std::uint32_t row);
    base::Result<std::uint64_t> remove_orphaned_incidents();
    base::Result<std::uint64_t> remove_inbox_where(std::string_view stage, std::string_view side,
                                                   std::uint64_t journal_offset);
    void roll_back();

    SqliteConnection* connection_;  // nullptr once it is over or moved from
    std::optional<base::Error> failure_;
};

}  // namespace vedette::store
