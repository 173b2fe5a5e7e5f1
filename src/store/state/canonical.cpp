// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/json_text.h"
#include "cases/record.h"
#include "store/state/state_reader.h"

namespace vedette::store {

namespace {

struct Table {
    std::string_view name, sql;
};

// Each in the order of its key. Texts compare as bytes (SQLite's BINARY collation).
constexpr Table kTables[] = {
    {"arrival_days", "SELECT day, first_offset FROM arrival_days ORDER BY day"},
    {"decisions", "SELECT journal_offset, payload FROM decisions ORDER BY journal_offset"},
    {"findings",
     "SELECT id, severity, rule_id, first_seen_ns, last_seen_ns, record FROM findings ORDER BY id"},
    {"inbox",
     "SELECT stage, journal_offset, row, source, origin, reason, raw, raw_size_bytes FROM inbox "
     "ORDER BY stage, journal_offset, row"},
    {"inbox_stages",
     "SELECT stage, last_offset, last_row, rows, bytes, dropped FROM inbox_stages ORDER BY stage"},
    {"incidents",
     "SELECT id, severity, state, first_seen_ns, last_seen_ns, record FROM incidents ORDER BY id"},
    {"merged_incidents", "SELECT id, into_id FROM merged_incidents ORDER BY id"},
    {"outbox", "SELECT id, kind, payload, state FROM outbox ORDER BY id"},
    {"positions",
     "SELECT source, origin, position, journal_offset FROM positions ORDER BY source, origin"},
};

/// The value for the eyes: a record as its JSON, other bytes as text.
void append_bytes(std::string& out, std::string_view table, std::string_view bytes) {
    if (table == "findings") {
        if (const auto finding = cases::decode_finding(bytes)) {
            out += cases::to_json(*finding);
            return;
        }
    } else if (table == "incidents") {
        if (const auto incident = cases::decode_incident(bytes)) {
            out += cases::to_json(*incident);
            return;
        }
    }
    base::append_json_string(out, bytes);
}

std::string canonical_line(const Table& table, const SqliteStatement& row) {
    std::string out = fmt::format("{{\"table\":\"{}\"", table.name);
    std::string true_bytes;
    for (int column = 0; column < row.column_count(); ++column) {
        out += fmt::format(",\"{}\":", row.column_name(column));
        if (row.kind(column) == SqliteStatement::Kind::integer) {
            out += std::to_string(row.integer(column));
            base::put(true_bytes, row.integer(column));
        } else {
            append_bytes(out, row.kind(column) == SqliteStatement::Kind::bytes ? table.name : "",
                         row.bytes(column));
            base::put_text(true_bytes, row.bytes(column));
        }
    }
    return out + fmt::format(",\"hash\":\"{}\"}}", base::hash128(true_bytes).hex());
}

base::Result<void> export_tables(SqliteConnection& connection,
                                 const std::function<void(std::string_view)>& line) {
    for (const Table& table : kTables) {
        VD_TRY(auto query, connection.statement(table.sql));
        while (true) {
            VD_TRY(const bool has_row, query.step());
            if (!has_row) break;
            line(canonical_line(table, query));
        }
    }
    return {};
}

}  // namespace

base::Result<void> StateReader::export_canonical(
    const std::function<void(std::string_view line)>& line) {
    // A savepoint and not BEGIN: the writer may look at its own open transaction.
    VD_TRY_DO(connection_.run("SAVEPOINT export"));
    auto done = export_tables(connection_, line);
    auto released = connection_.run("RELEASE export");
    return done ? released : done;
}

}  // namespace vedette::store
