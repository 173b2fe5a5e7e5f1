// SPDX-License-Identifier: Apache-2.0
#include "store/state/state_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "cases/record.h"
#include "store/state/inbox_bytes.h"
#include "store/state/limits.h"
#include "store/state/schema.h"

namespace vedette::store {

namespace {

/// Reads the file once, so that damage is found at start and not in the middle of a night.
base::Result<void> check_integrity(SqliteConnection& connection) {
    VD_TRY(auto query, connection.statement("PRAGMA quick_check(1)"));
    VD_TRY(const bool has_row, query.step());
    if (has_row && query.bytes(0) == "ok") return {};
    return base::fail(base::ErrorCode::corrupt, "the state is damaged: " + query.text(0),
                      connection.path(), "move the file away: it is rebuilt from the journal");
}

/// Write-ahead log; see the class comment for why NORMAL.
base::Result<void> turn_to_log(SqliteConnection& connection) {
    VD_TRY_DO(connection.run(fmt::format(
        "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = {}", kStateWalBytesKept)));
    VD_TRY(auto query, connection.statement("PRAGMA journal_mode = WAL"));
    VD_TRY(const bool has_row, query.step());
    if (has_row && query.bytes(0) == "wal") return {};
    return base::fail(base::ErrorCode::unsupported,
                      "the file system of the state cannot share memory between processes",
                      connection.path(), "put the data folder on a local disk");
}

/// In 1/1024 bit, as correlate counts.
std::int64_t evidence_of(const cases::Incident& incident) {
    constexpr double kMost = 1e15;
    return static_cast<std::int64_t>(std::clamp(incident.evidence_bits * 1024, 0.0, kMost));
}

constexpr auto kNever = static_cast<std::uint64_t>(INT64_MAX);

/// Of the newest event of a finding; one about none is as new as can be and stays.
std::uint64_t last_offset(const cases::Finding& finding) {
    std::uint64_t newest = 0;
    for (const event::EventId& id : finding.events) newest = std::max(newest, id.offset);
    return newest == 0 ? kNever : newest;
}

/// Findings that were kept before their newest event was: filled in once, after the migration.
base::Result<void> fill_last_offsets(SqliteConnection& connection) {
    VD_TRY_DO(connection.run("BEGIN IMMEDIATE"));
    {
        VD_TRY(auto query,
               connection.statement("SELECT id, record FROM findings WHERE last_offset = 0"));
        while (true) {
            VD_TRY(const bool has_row, query.step());
            if (!has_row) break;
            const std::string id = query.text(0);
            const auto finding = cases::decode_finding(query.bytes(1));
            const std::uint64_t newest = finding ? last_offset(*finding) : kNever;
            VD_TRY(auto update,
                   connection.statement("UPDATE findings SET last_offset = ? WHERE id = ?"));
            VD_TRY_DO(update.add(newest).add(std::string_view(id)).run());
        }
    }
    return connection.run("COMMIT");
}

std::uint64_t kept_bytes(const InboxRow& row) {
    return row.stage.size() + row.source.size() + row.origin.size() + row.reason.size() +
           row.raw.size();
}

}  // namespace

base::Result<StateStore> StateStore::open(const std::string& path) {
    VD_TRY(auto connection, SqliteConnection::open(path, SqliteConnection::Mode::read_write));
    VD_TRY_DO(check_integrity(connection));
    // The schema first: a file that is not ours, or newer, is refused before anything changes in
    // it.
    VD_TRY_DO(migrate(connection, state_migrations()));
    VD_TRY_DO(turn_to_log(connection));
    VD_TRY_DO(fill_last_offsets(connection));
    return StateStore(std::move(connection));
}

base::Result<StateTransaction> StateStore::begin() {
    // IMMEDIATE takes the writer's lock now, so that no later call can find it taken.
    VD_TRY_DO(connection().run("BEGIN IMMEDIATE"));
    return StateTransaction(connection());
}

base::Result<void> StateStore::sync() {
    VD_TRY(const auto is_busy, connection().integer("PRAGMA wal_checkpoint(FULL)"));
    if (is_busy.value_or(1) == 0) return {};
    return base::fail(base::ErrorCode::unavailable,
                      "a reader holds an old view of the state, so it cannot be made durable",
                      connection().path(), "end the program that has read for so long");
}

base::Result<void> StateStore::compact() {
    VD_TRY_DO(connection().run("VACUUM"));
    VD_TRY(const auto is_busy, connection().integer("PRAGMA wal_checkpoint(TRUNCATE)"));
    if (is_busy.value_or(1) == 0) return {};
    return base::fail(base::ErrorCode::unavailable,
                      "a reader holds an old view of the state, so its log cannot be emptied",
                      connection().path(), "end the program that has read for so long");
}

StateTransaction::StateTransaction(StateTransaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)), failure_(std::move(other.failure_)) {}

StateTransaction::~StateTransaction() { roll_back(); }

void StateTransaction::roll_back() {
    if (connection_ == nullptr) return;
    // Fails only if SQLite has already rolled back by itself (disk full), which is what we want.
    static_cast<void>(connection_->run("ROLLBACK"));
    connection_ = nullptr;
}

base::Result<SqliteStatement> StateTransaction::statement(std::string_view sql) {
    VD_CHECK(connection_ != nullptr);
    // After some failures SQLite has left the transaction: a further write would stand alone.
    if (failure_) return tl::unexpected<base::Error>(*failure_);
    return connection_->statement(sql);
}

base::Result<void> StateTransaction::kept(base::Result<void> result) {
    if (!result && !failure_) failure_ = result.error();
    return result;
}

base::Result<void> StateTransaction::put_finding(const cases::Finding& finding) {
    VD_TRY(auto put,
           statement("INSERT OR REPLACE INTO findings(id, severity, rule_id, first_seen_ns, "
                     "last_seen_ns, record, last_offset) VALUES (?, ?, ?, ?, ?, ?, ?)"));
    const std::string record = cases::encode(finding);
    put.add(std::string_view(finding.id)).add(static_cast<std::int64_t>(finding.severity));
    put.add(std::string_view(finding.rule_id));
    put.add(finding.first_seen.unix_ns).add(finding.last_seen.unix_ns).add_bytes(record);
    return kept(put.add(last_offset(finding)).run());
}

base::Result<void> StateTransaction::put_incident(const cases::Incident& incident) {
    VD_TRY(auto put, statement("INSERT OR REPLACE INTO incidents(id, severity, state, "
                               "first_seen_ns, last_seen_ns, record, evidence) "
                               "VALUES (?, ?, ?, ?, ?, ?, ?)"));
    const std::string record = cases::encode(incident);
    put.add(std::string_view(incident.id)).add(static_cast<std::int64_t>(incident.severity));
    put.add(std::string_view(incident.state));
    put.add(incident.first_seen.unix_ns).add(incident.last_seen.unix_ns).add_bytes(record);
    VD_TRY_DO(kept(put.add(evidence_of(incident)).run()));
    // A range done again may bring back for a moment what it merges later.
    VD_TRY(auto forget, statement("DELETE FROM merged_incidents WHERE id = ?"));
    return kept(forget.add(std::string_view(incident.id)).run());
}

base::Result<void> StateTransaction::remove_incident(std::string_view id) {
    VD_TRY(auto remove, statement("DELETE FROM incidents WHERE id = ?"));
    return kept(remove.add(id).run());
}

base::Result<void> StateTransaction::merge_incident(std::string_view id, std::string_view into) {
    VD_TRY_DO(remove_incident(id));
    // Those merged into `id` before go along, so that one step always leads to the living one.
    VD_TRY(auto move, statement("UPDATE merged_incidents SET into_id = ? WHERE into_id = ?"));
    VD_TRY_DO(kept(move.add(into).add(id).run()));
    VD_TRY(auto put, statement("INSERT OR REPLACE INTO merged_incidents(id, into_id) "
                               "VALUES (?, ?)"));
    return kept(put.add(id).add(into).run());
}

base::Result<void> StateTransaction::set_applied(std::string_view view,
                                                 std::uint64_t journal_offset) {
    VD_TRY(auto put,
           statement("INSERT OR REPLACE INTO applied(view, journal_offset) VALUES (?, ?)"));
    return kept(put.add(view).add(journal_offset).run());
}

base::Result<void> StateTransaction::put_position(const SourcePosition& position) {
    VD_TRY(auto put, statement("INSERT OR REPLACE INTO positions(source, origin, position, "
                               "journal_offset) VALUES (?, ?, ?, ?)"));
    put.add(std::string_view(position.source)).add(std::string_view(position.origin));
    return kept(put.add_bytes(position.position).add(position.journal_offset).run());
}

base::Result<void> StateTransaction::remove_position(std::string_view source,
                                                     std::string_view origin) {
    VD_TRY(auto remove, statement("DELETE FROM positions WHERE source = ? AND origin = ?"));
    return kept(remove.add(source).add(origin).run());
}

base::Result<void> StateTransaction::put_inbox(const InboxRow& row) {
    return kept(do_put_inbox(row));
}

base::Result<void> StateTransaction::do_put_inbox(const InboxRow& row) {
    InboxStatus status;
    {
        VD_TRY(auto find, statement("SELECT rows, bytes, dropped, last_offset, last_row "
                                    "FROM inbox_stages WHERE stage = ?"));
        VD_TRY(const bool is_known, find.add(std::string_view(row.stage)).step());
        if (is_known) {
            status = {find.count(0), find.count(1), find.count(2)};
            if (std::pair(row.journal_offset, std::uint64_t{row.row}) <=
                std::pair(find.count(3), find.count(4))) {
                return {};
            }
        }
    }
    VD_TRY_DO(insert_inbox(row, status));
    VD_TRY_DO(drop_oldest_inbox(row.stage, status));
    VD_TRY(auto put,
           statement("INSERT OR REPLACE INTO inbox_stages(stage, last_offset, last_row, rows, "
                     "bytes, dropped) VALUES (?, ?, ?, ?, ?, ?)"));
    put.add(std::string_view(row.stage)).add(row.journal_offset).add(std::uint64_t{row.row});
    return put.add(status.rows).add(status.bytes).add(status.dropped).run();
}

base::Result<void> StateTransaction::insert_inbox(const InboxRow& row, InboxStatus& status) {
    InboxRow cut = row;
    cut.raw_size_bytes = row.raw.size();
    cut.raw.resize(std::min(cut.raw.size(), kInboxRawBytesMax));
    cut.reason.resize(std::min(cut.reason.size(), kInboxReasonBytesMax));
    VD_TRY(auto put,
           statement("INSERT INTO inbox(stage, journal_offset, row, source, origin, reason, raw, "
                     "raw_size_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
    put.add(std::string_view(cut.stage)).add(cut.journal_offset).add(std::uint64_t{cut.row});
    put.add(std::string_view(cut.source)).add(std::string_view(cut.origin));
    put.add(std::string_view(cut.reason)).add_bytes(cut.raw).add(cut.raw_size_bytes);
    VD_TRY_DO(put.run());
    ++status.rows;
    status.bytes += kept_bytes(cut);
    return {};
}

base::Result<void> StateTransaction::drop_oldest_inbox(std::string_view stage,
                                                       InboxStatus& status) {
    while (status.rows > kInboxRowsMax || (status.bytes > kInboxBytesMax && status.rows > 1)) {
        VD_TRY(auto drop,
               statement(
                   std::string(
                       "DELETE FROM inbox WHERE rowid = (SELECT rowid FROM inbox WHERE stage = ? "
                       "ORDER BY journal_offset, row LIMIT 1) RETURNING ") +
                   std::string(kKeptBytes)));
        VD_TRY(const bool has_row, drop.add(stage).step());
        VD_CHECK(has_row);
        --status.rows;
        status.bytes -= drop.count(0);
        ++status.dropped;
        VD_TRY_DO(drop.run());
    }
    return {};
}

base::Result<void> StateTransaction::remove_inbox(std::string_view stage,
                                                  std::uint64_t journal_offset, std::uint32_t row) {
    return kept(do_remove_inbox(stage, journal_offset, row));
}

base::Result<void> StateTransaction::do_remove_inbox(std::string_view stage,
                                                     std::uint64_t journal_offset,
                                                     std::uint32_t row) {
    VD_TRY(auto drop, statement(std::string("DELETE FROM inbox WHERE stage = ? AND "
                                            "journal_offset = ? AND row = ? RETURNING ") +
                                std::string(kKeptBytes)));
    drop.add(stage).add(journal_offset).add(std::uint64_t{row});
    VD_TRY(const bool was_there, drop.step());
    if (!was_there) return {};
    const std::uint64_t bytes = drop.count(0);
    VD_TRY_DO(drop.run());
    VD_TRY(auto put, statement("UPDATE inbox_stages SET rows = rows - 1, bytes = bytes - ? "
                               "WHERE stage = ?"));
    return put.add(bytes).add(stage).run();
}

base::Result<void> StateTransaction::put_outbox(const OutboxItem& item) {
    VD_TRY(auto put, statement("INSERT OR REPLACE INTO outbox(id, kind, payload, state) "
                               "VALUES (?, ?, ?, ?)"));
    put.add(std::string_view(item.id)).add(std::string_view(item.kind)).add_bytes(item.payload);
    return kept(put.add(std::string_view(item.state)).run());
}

base::Result<void> StateTransaction::remove_outbox(std::string_view id) {
    VD_TRY(auto remove, statement("DELETE FROM outbox WHERE id = ?"));
    return kept(remove.add(id).run());
}

base::Result<void> StateTransaction::put_snapshot(std::string_view name, const Snapshot& snapshot) {
    if (snapshot.bytes.size() > kSnapshotBytesMax) {
        return kept(base::fail(base::ErrorCode::limit,
                               fmt::format("the snapshot of {} has {} bytes, {} are allowed", name,
                                           snapshot.bytes.size(), kSnapshotBytesMax),
                               connection_->path()));
    }
    VD_TRY(auto put, statement("INSERT OR REPLACE INTO snapshots(name, journal_offset, bytes) "
                               "VALUES (?, ?, ?)"));
    return kept(put.add(name).add(snapshot.journal_offset).add_bytes(snapshot.bytes).run());
}

base::Result<void> StateTransaction::commit() {
    VD_CHECK(connection_ != nullptr);
    if (failure_) {
        roll_back();
        return tl::unexpected<base::Error>(*failure_);
    }
    auto done = connection_->run("COMMIT");
    if (!done) {
        roll_back();
        return done;
    }
    connection_ = nullptr;
    return {};
}

}  // namespace vedette::store
