// SPDX-License-Identifier: Apache-2.0
#include "store/state/state_reader.h"

#include <algorithm>

#include "cases/record.h"
#include "store/state/limits.h"
#include "store/state/schema.h"

namespace vedette::store {

namespace {

std::int64_t level(cases::Severity severity) { return static_cast<std::int64_t>(severity); }

std::uint64_t bounded(std::size_t limit) { return std::min(limit, kStateReadRowsMax); }

/// A record that does not decode is damage inside a page that SQLite holds for good.
template <typename Value>
base::Result<Value> told_where(base::Result<Value> value, std::string_view table,
                               const SqliteStatement& row, const std::string& path) {
    if (!value) {
        value.error().where = path + ": " + std::string(table) + " " + row.text(0);
        if (value.error().hint.empty()) {
            value.error().hint = "move the file away: the state is rebuilt from the journal";
        }
    }
    return value;
}

}  // namespace

base::Result<StateReader> StateReader::open(const std::string& path) {
    VD_TRY(auto connection, SqliteConnection::open(path, SqliteConnection::Mode::read));
    VD_TRY_DO(check_schema(connection, state_migrations()));
    return StateReader(std::move(connection));
}

base::Result<std::uint64_t> StateReader::applied(std::string_view view) {
    VD_TRY(auto query, connection_.statement("SELECT journal_offset FROM applied WHERE view = ?"));
    VD_TRY(const bool has_row, query.add(view).step());
    return has_row ? query.count(0) : 0;
}

base::Result<std::map<std::string, std::string>> StateReader::positions(std::string_view source) {
    VD_TRY(auto query,
           connection_.statement("SELECT origin, position FROM positions WHERE source = ?"));
    query.add(source);
    std::map<std::string, std::string> out;
    while (true) {
        VD_TRY(const bool has_row, query.step());
        if (!has_row) return out;
        out.emplace(query.text(0), query.text(1));
    }
}

base::Result<std::optional<cases::Finding>> StateReader::finding(std::string_view id) {
    VD_TRY(auto query, connection_.statement("SELECT id, record FROM findings WHERE id = ?"));
    VD_TRY(const bool has_row, query.add(id).step());
    if (!has_row) return std::optional<cases::Finding>();
    VD_TRY(auto finding, told_where(cases::decode_finding(query.bytes(1)), "findings", query,
                                    connection_.path()));
    return std::optional<cases::Finding>(std::move(finding));
}

base::Result<std::vector<cases::Finding>> StateReader::findings(const FindingFilter& filter) {
    std::string sql = "SELECT id, record FROM findings WHERE severity >= ?";
    if (filter.from) sql += " AND first_seen_ns >= ?";
    if (filter.to) sql += " AND first_seen_ns < ?";
    if (filter.rule_id) sql += " AND rule_id = ?";
    if (filter.after) sql += " AND (first_seen_ns, id) < (?, ?)";
    sql += " ORDER BY first_seen_ns DESC, id DESC LIMIT ?";
    VD_TRY(auto query, connection_.statement(sql));
    query.add(level(filter.severity_min));
    if (filter.from) query.add(filter.from->unix_ns);
    if (filter.to) query.add(filter.to->unix_ns);
    if (filter.rule_id) query.add(std::string_view(*filter.rule_id));
    if (filter.after) {
        query.add(filter.after->first.unix_ns).add(std::string_view(filter.after->second));
    }
    query.add(bounded(filter.limit));
    std::vector<cases::Finding> out;
    while (true) {
        VD_TRY(const bool has_row, query.step());
        if (!has_row) return out;
        VD_TRY(auto finding, told_where(cases::decode_finding(query.bytes(1)), "findings", query,
                                        connection_.path()));
        out.push_back(std::move(finding));
    }
}

base::Result<std::uint64_t> StateReader::finding_count() {
    VD_TRY(const auto count, connection_.integer("SELECT count(*) FROM findings"));
    return static_cast<std::uint64_t>(count.value_or(0));
}

base::Result<std::vector<RuleCount>> StateReader::rule_counts(std::string_view prefix,
                                                              std::size_t limit) {
    // Behind every id that begins with the prefix: no byte of UTF-8 is 0xFF.
    const std::string behind = std::string(prefix) + '\xFF';
    VD_TRY(auto query, connection_.statement(
                           "SELECT rule_id, count(*) AS findings, min(first_seen_ns), "
                           "max(last_seen_ns) FROM findings WHERE rule_id >= ? AND rule_id < ? "
                           "GROUP BY rule_id ORDER BY findings DESC, rule_id LIMIT ?"));
    query.add(prefix).add(std::string_view(behind)).add(bounded(limit));
    std::vector<RuleCount> out;
    while (true) {
        VD_TRY(const bool has_row, query.step());
        if (!has_row) return out;
        out.push_back({query.text(0), query.count(1), {query.integer(2)}, {query.integer(3)}});
    }
}

base::Result<std::optional<cases::Incident>> StateReader::incident(std::string_view id) {
    // One look, so that a merge between two questions cannot hide the incident.
    VD_TRY(auto query,
           connection_.statement("SELECT id, record FROM incidents WHERE id = coalesce((SELECT "
                                 "into_id FROM merged_incidents WHERE id = ?1), ?1)"));
    VD_TRY(const bool has_row, query.add(id).step());
    if (!has_row) return std::optional<cases::Incident>();
    VD_TRY(auto incident, told_where(cases::decode_incident(query.bytes(1)), "incidents", query,
                                     connection_.path()));
    return std::optional<cases::Incident>(std::move(incident));
}

base::Result<std::vector<cases::Incident>> StateReader::incidents(const IncidentFilter& filter) {
    std::string sql = "SELECT id, record FROM incidents WHERE severity >= ?";
    if (filter.from) sql += " AND last_seen_ns >= ?";
    if (filter.to) sql += " AND first_seen_ns < ?";
    if (filter.state) sql += " AND state = ?";
    if (filter.after) sql += " AND (last_seen_ns, id) < (?, ?)";
    sql += filter.is_by_evidence ? " ORDER BY evidence DESC, last_seen_ns DESC, id DESC LIMIT ?"
                                 : " ORDER BY last_seen_ns DESC, id DESC LIMIT ?";
    VD_TRY(auto query, connection_.statement(sql));
    query.add(level(filter.severity_min));
    if (filter.from) query.add(filter.from->unix_ns);
    if (filter.to) query.add(filter.to->unix_ns);
    if (filter.state) query.add(std::string_view(*filter.state));
    if (filter.after) {
        query.add(filter.after->first.unix_ns).add(std::string_view(filter.after->second));
    }
    query.add(bounded(filter.limit));
    std::vector<cases::Incident> out;
    while (true) {
        VD_TRY(const bool has_row, query.step());
        if (!has_row) return out;
        VD_TRY(auto incident, told_where(cases::decode_incident(query.bytes(1)), "incidents", query,
                                         connection_.path()));
        out.push_back(std::move(incident));
    }
}

base::Result<std::uint64_t> StateReader::incident_count() {
    VD_TRY(const auto count, connection_.integer("SELECT count(*) FROM incidents"));
    return static_cast<std::uint64_t>(count.value_or(0));
}

base::Result<std::vector<InboxRow>> StateReader::inbox(std::string_view stage, std::size_t limit) {
    VD_TRY(auto query,
           connection_.statement("SELECT stage, journal_offset, row, source, origin, reason, raw, "
                                 "raw_size_bytes FROM inbox WHERE stage = ? "
                                 "ORDER BY journal_offset DESC, row DESC LIMIT ?"));
    query.add(stage).add(bounded(limit));
    std::vector<InboxRow> out;
    while (true) {
        VD_TRY(const bool has_row, query.step());
        if (!has_row) return out;
        out.push_back({query.text(0), query.count(1), static_cast<std::uint32_t>(query.count(2)),
                       query.text(3), query.text(4), query.text(5), query.text(6), query.count(7)});
    }
}

base::Result<InboxStatus> StateReader::inbox_status(std::string_view stage) {
    VD_TRY(auto query,
           connection_.statement("SELECT rows, bytes, dropped FROM inbox_stages WHERE stage = ?"));
    VD_TRY(const bool has_row, query.add(stage).step());
    if (!has_row) return InboxStatus{};
    return InboxStatus{query.count(0), query.count(1), query.count(2)};
}

base::Result<std::vector<OutboxItem>> StateReader::outbox(std::string_view state,
                                                          std::string_view after,
                                                          std::size_t limit) {
    VD_TRY(auto query, connection_.statement("SELECT id, kind, payload, state FROM outbox "
                                             "WHERE state = ? AND id > ? ORDER BY id LIMIT ?"));
    query.add(state).add(after).add(bounded(limit));
    std::vector<OutboxItem> out;
    while (true) {
        VD_TRY(const bool has_row, query.step());
        if (!has_row) return out;
        out.push_back({query.text(0), query.text(1), query.text(2), query.text(3)});
    }
}

base::Result<std::optional<Snapshot>> StateReader::snapshot(std::string_view name) {
    VD_TRY(auto query,
           connection_.statement("SELECT journal_offset, bytes FROM snapshots WHERE name = ?"));
    VD_TRY(const bool has_row, query.add(name).step());
    if (!has_row) return std::optional<Snapshot>();
    return std::optional<Snapshot>({query.count(0), query.text(1)});
}

base::Result<std::vector<DecisionRow>> StateReader::decisions(std::uint64_t after,
                                                              std::size_t limit) {
    VD_TRY(auto query, connection_.statement("SELECT journal_offset, payload FROM decisions WHERE "
                                             "journal_offset > ? ORDER BY journal_offset LIMIT ?"));
    query.add(after).add(bounded(limit));
    std::vector<DecisionRow> out;
    while (true) {
        VD_TRY(const bool has_row, query.step());
        if (!has_row) return out;
        out.push_back({query.count(0), query.text(1)});
    }
}

base::Result<std::optional<std::uint64_t>> StateReader::first_offset_of_day(std::int32_t day) {
    VD_TRY(auto query, connection_.statement("SELECT first_offset FROM arrival_days WHERE day >= ? "
                                             "ORDER BY day LIMIT 1"));
    VD_TRY(const bool has_row, query.add(std::int64_t{day}).step());
    if (!has_row) return std::optional<std::uint64_t>();
    return std::optional<std::uint64_t>(query.count(0));
}

base::Result<std::optional<std::int32_t>> StateReader::newest_arrival_day() {
    VD_TRY(auto query,
           connection_.statement("SELECT day FROM arrival_days ORDER BY day DESC LIMIT 1"));
    VD_TRY(const bool has_row, query.step());
    if (!has_row) return std::optional<std::int32_t>();
    return std::optional<std::int32_t>(static_cast<std::int32_t>(query.integer(0)));
}

base::Result<std::optional<std::int32_t>> StateReader::day_of_offset(std::uint64_t journal_offset) {
    // The first records are ticks and controls: they belong to the first day there is.
    VD_TRY(auto query, connection_.statement(
                           "SELECT coalesce((SELECT max(day) FROM arrival_days WHERE first_offset "
                           "<= ?), (SELECT min(day) FROM arrival_days))"));
    VD_TRY(const bool has_row, query.add(journal_offset).step());
    if (!has_row || query.kind(0) != SqliteStatement::Kind::integer) {
        return std::optional<std::int32_t>();
    }
    return std::optional<std::int32_t>(static_cast<std::int32_t>(query.integer(0)));
}

base::Result<std::uint64_t> StateReader::finding_count_before(std::uint64_t journal_offset) {
    VD_TRY(auto query,
           connection_.statement("SELECT count(*) FROM findings WHERE last_offset < ?"));
    VD_TRY(const bool has_row, query.add(journal_offset).step());
    return has_row ? query.count(0) : 0;
}

base::Result<std::uint64_t> StateReader::inbox_count_before(std::uint64_t journal_offset) {
    VD_TRY(auto query,
           connection_.statement("SELECT count(*) FROM inbox WHERE journal_offset < ?"));
    VD_TRY(const bool has_row, query.add(journal_offset).step());
    return has_row ? query.count(0) : 0;
}

}  // namespace vedette::store
