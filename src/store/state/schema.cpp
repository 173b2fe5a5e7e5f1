// SPDX-License-Identifier: Apache-2.0
#include "store/state/schema.h"

#include <fmt/format.h>

namespace vedette::store {

namespace {

/// "VDTT", so that a file of another program is never taken for ours.   Source: PRAGMA
/// application_id
constexpr std::int64_t kApplicationId = 0x5644'5454;

// Keys are what the outside calls a thing, never row numbers; no column holds a time that was not
// in journalled data. Both together make a rebuilt file equal the original.
constexpr const char* kMigrations[] = {
    R"sql(
CREATE TABLE applied(
    view TEXT PRIMARY KEY NOT NULL,
    journal_offset INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE positions(
    source TEXT NOT NULL,
    origin TEXT NOT NULL,
    position BLOB NOT NULL,
    journal_offset INTEGER NOT NULL,
    PRIMARY KEY (source, origin)
) STRICT, WITHOUT ROWID;

CREATE TABLE findings(
    id TEXT PRIMARY KEY NOT NULL,
    severity INTEGER NOT NULL,
    rule_id TEXT NOT NULL,
    first_seen_ns INTEGER NOT NULL,
    last_seen_ns INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;
CREATE INDEX findings_by_time ON findings(first_seen_ns, id);
CREATE INDEX findings_by_rule ON findings(rule_id, first_seen_ns, id);

CREATE TABLE incidents(
    id TEXT PRIMARY KEY NOT NULL,
    severity INTEGER NOT NULL,
    state TEXT NOT NULL,
    first_seen_ns INTEGER NOT NULL,
    last_seen_ns INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;
CREATE INDEX incidents_by_time ON incidents(last_seen_ns, id);

CREATE TABLE merged_incidents(
    id TEXT PRIMARY KEY NOT NULL,
    into_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX merged_incidents_by_target ON merged_incidents(into_id);

CREATE TABLE inbox(
    stage TEXT NOT NULL,
    journal_offset INTEGER NOT NULL,
    row INTEGER NOT NULL,
    source TEXT NOT NULL,
    origin TEXT NOT NULL,
    reason TEXT NOT NULL,
    raw BLOB NOT NULL,
    raw_size_bytes INTEGER NOT NULL,
    PRIMARY KEY (stage, journal_offset, row)
) STRICT;

CREATE TABLE inbox_stages(
    stage TEXT PRIMARY KEY NOT NULL,
    last_offset INTEGER NOT NULL,
    last_row INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    dropped INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox(
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    payload BLOB NOT NULL,
    state TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_by_state ON outbox(state, id);

CREATE TABLE snapshots(
    name TEXT PRIMARY KEY NOT NULL,
    journal_offset INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
)sql",
    // What was decided about keeping and removing, the day of arrival by offset, and the newest
    // event of each finding: retention, holds and deletions work by them.
    R"sql(
CREATE TABLE decisions(
    journal_offset INTEGER PRIMARY KEY NOT NULL,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE arrival_days(
    day INTEGER PRIMARY KEY NOT NULL,
    first_offset INTEGER NOT NULL
) STRICT;

ALTER TABLE findings ADD COLUMN last_offset INTEGER NOT NULL DEFAULT 0;
CREATE INDEX findings_by_offset ON findings(last_offset);
)sql",
    // What incidents are ranked by, in 1/1024 bit.
    R"sql(
ALTER TABLE incidents ADD COLUMN evidence INTEGER NOT NULL DEFAULT 0;
CREATE INDEX incidents_by_evidence ON incidents(evidence, last_seen_ns, id);
)sql",
};

base::Result<std::int64_t> version_of(SqliteConnection& connection) {
    VD_TRY(const auto version, connection.integer("SELECT max(number) FROM migrations"));
    return version.value_or(0);
}

base::Result<bool> has_tables(SqliteConnection& connection) {
    VD_TRY(const auto tables, connection.integer("SELECT count(*) FROM sqlite_schema"));
    return tables.value_or(0) > 0;
}

/// A file with tables must carry our mark.
base::Result<void> check_owner(SqliteConnection& connection) {
    VD_TRY(const auto id, connection.integer("PRAGMA application_id"));
    if (id.value_or(0) == kApplicationId) return {};
    return base::fail(base::ErrorCode::bad_input, "this is a database, but not a state of ours",
                      connection.path(), "point the data folder to a place of its own");
}

tl::unexpected<base::Error> fail_newer(const SqliteConnection& connection, std::int64_t found,
                                       std::size_t known) {
    return base::fail(
        base::ErrorCode::unsupported,
        fmt::format("the state has schema {}, this program knows up to {}", found, known),
        connection.path(),
        "run the newer program again, or move the file away: it is rebuilt from the "
        "journal");
}

base::Result<void> apply_missing(SqliteConnection& connection,
                                 std::span<const char* const> migrations) {
    VD_TRY(const bool is_old, has_tables(connection));
    if (is_old) {
        VD_TRY_DO(check_owner(connection));
    } else {
        VD_TRY_DO(connection.run(fmt::format("PRAGMA application_id = {}", kApplicationId)));
        VD_TRY_DO(connection.run("CREATE TABLE migrations(number INTEGER PRIMARY KEY) STRICT"));
    }
    VD_TRY(const std::int64_t found, version_of(connection));
    const auto version = static_cast<std::size_t>(found);
    if (version > migrations.size()) return fail_newer(connection, found, migrations.size());
    for (std::size_t i = version; i < migrations.size(); ++i) {
        VD_TRY_DO(connection.run(migrations[i]));
        VD_TRY_DO(connection.run(fmt::format("INSERT INTO migrations VALUES ({})", i + 1)));
    }
    return {};
}

}  // namespace

std::span<const char* const> state_migrations() { return kMigrations; }

base::Result<void> migrate(SqliteConnection& connection, std::span<const char* const> migrations) {
    VD_TRY_DO(connection.run("BEGIN IMMEDIATE"));
    if (auto applied = apply_missing(connection, migrations); !applied) {
        // The first failure is what matters; closing the connection rolls back in any case.
        static_cast<void>(connection.run("ROLLBACK"));
        return applied;
    }
    return connection.run("COMMIT");
}

base::Result<void> check_schema(SqliteConnection& connection,
                                std::span<const char* const> migrations) {
    VD_TRY_DO(check_owner(connection));
    VD_TRY(const std::int64_t found, version_of(connection));
    const auto version = static_cast<std::size_t>(found);
    if (version > migrations.size()) return fail_newer(connection, found, migrations.size());
    if (version < migrations.size()) {
        return base::fail(
            base::ErrorCode::unavailable,
            fmt::format("the state has schema {}, this program needs {}", found, migrations.size()),
            connection.path(), "start the server once: it brings the file up to date");
    }
    return {};
}

base::Result<std::uint32_t> schema_version(SqliteConnection& connection) {
    VD_TRY(const bool is_old, has_tables(connection));
    if (!is_old) return 0;
    VD_TRY_DO(check_owner(connection));
    VD_TRY(const std::int64_t found, version_of(connection));
    return static_cast<std::uint32_t>(found);
}

}  // namespace vedette::store
