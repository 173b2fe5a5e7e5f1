// SPDX-License-Identifier: Apache-2.0
#include "store/removal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "base/files.h"
#include "base/time.h"
#include "store/limits.h"

namespace vedette::store {

namespace {

using base::ErrorCode;
using base::Result;

constexpr const char* kIdTable =
    " (offset UInt64, row UInt32) ENGINE = MergeTree ORDER BY (offset, row) "
    "SETTINGS fsync_after_insert = 1";

/// These read a whole day or all of them: as long as it takes, but beside everything else.
Values patient() { return {{"max_execution_time", "0"}, {"max_threads", "1"}}; }

/// An expression of ours, never a text from outside.
std::string of_day(std::int32_t day) { return fmt::format("arrival_day = toDate({})", day); }

/// The partition as ALTER wants it: a text.
std::string partition_text(std::int32_t day) {
    const base::Timestamp begin{std::int64_t{day} * 86'400 * base::kNsPerSecond};
    return "'" + base::format_rfc3339(begin).substr(0, 10) + "'";
}

Values together(const Values& first, const Values& second) {
    Values out = first;
    out.insert(out.end(), second.begin(), second.end());
    return out;
}

/// What a letter behind a backslash stands for.
char unescaped(char c) {
    switch (c) {
        case 't': return '\t';
        case 'n': return '\n';
        case 'r': return '\r';
        case 'b': return '\b';
        case 'f': return '\f';
        case '0': return '\0';
        default: return c;
    }
}

/// Splits an answer in TabSeparated; texts in it are escaped as the format says.
std::vector<std::vector<std::string>> removal_table(std::string_view answer) {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row(1);
    for (std::size_t i = 0; i < answer.size(); ++i) {
        const char c = answer[i];
        if (c == '\t') {
            row.emplace_back();
        } else if (c == '\n') {
            rows.push_back(std::move(row));
            row.assign(1, {});
        } else if (c == '\\' && i + 1 < answer.size()) {
            row.back() += unescaped(answer[++i]);
        } else {
            row.back() += c;
        }
    }
    return rows;
}

template <typename Number>
Number number_of(std::string_view text) {
    Number value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string array_of(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const std::string& text : texts) {
        if (out.size() > 1) out += ',';
        out += '\'';
        for (const char c : text) {
            if (c == '\'' || c == '\\') out += '\\';
            out += c;
        }
        out += '\'';
    }
    return out + "]";
}

bool is_part_name(std::string_view name) {
    return !name.empty() && name.find_first_not_of("0123456789_") == std::string_view::npos;
}

}  // namespace

EventRemoval::EventRemoval(ClientOptions options, std::function<bool()> is_stopping)
    : client_(std::move(options)), is_stopping_(std::move(is_stopping)) {}

Result<std::uint64_t> EventRemoval::number(std::string_view sql, const Values& values) {
    VD_TRY(const std::string answer, client_.query(sql, values, {"TabSeparated", patient()}));
    return number_of<std::uint64_t>(answer);
}

Result<std::uint64_t> EventRemoval::count(const RowCondition& which) {
    return number("SELECT count() FROM events WHERE " + which.sql, which.values);
}

Result<std::map<std::string, std::uint64_t>> EventRemoval::rows_by_data_set(
    const RowCondition& which) {
    VD_TRY(const std::string answer,
           client_.query("SELECT dataset, count() FROM events WHERE " + which.sql +
                             " GROUP BY dataset ORDER BY dataset",
                         which.values, {"TabSeparated", patient()}));
    std::map<std::string, std::uint64_t> rows;
    for (const auto& row : removal_table(answer)) {
        if (row.size() == 2) rows[row[0]] = number_of<std::uint64_t>(row[1]);
    }
    return rows;
}

Result<std::vector<std::string>> EventRemoval::samples(const RowCondition& which, std::size_t limit,
                                                       std::size_t bytes_max) {
    VD_TRY(const std::string answer,
           client_.query(fmt::format("SELECT substring(raw, 1, {}) FROM events WHERE {} ORDER BY "
                                     "offset DESC, row DESC LIMIT {}",
                                     bytes_max, which.sql, limit),
                         which.values, {"TabSeparated", patient()}));
    std::vector<std::string> out;
    for (const auto& row : removal_table(answer)) out.push_back(row[0]);
    return out;
}

Result<std::map<std::int32_t, std::uint64_t>> EventRemoval::days(const RowCondition& which) {
    VD_TRY(const std::string answer,
           client_.query("SELECT toInt32(arrival_day) AS day, count() FROM events WHERE " +
                             which.sql + " GROUP BY day ORDER BY day",
                         which.values, {"TabSeparated", patient()}));
    std::map<std::int32_t, std::uint64_t> days;
    for (const auto& row : removal_table(answer)) {
        if (row.size() == 2)
            days[number_of<std::int32_t>(row[0])] = number_of<std::uint64_t>(row[1]);
    }
    return days;
}

Result<std::vector<DayRows>> EventRemoval::rows_of_day(std::int32_t day) {
    VD_TRY(
        const std::string answer,
        client_.query("SELECT dataset, count(), sum(length(raw)), max(offset) FROM events WHERE " +
                          of_day(day) + " GROUP BY dataset ORDER BY dataset",
                      {}, {"TabSeparated", patient()}));
    std::vector<DayRows> out;
    for (const auto& row : removal_table(answer)) {
        if (row.size() != 4) continue;
        out.push_back({day, row[0], number_of<std::uint64_t>(row[1]),
                       number_of<std::uint64_t>(row[2]), number_of<std::uint64_t>(row[3])});
    }
    return out;
}

Result<std::map<std::int32_t, DayOnDisk>> EventRemoval::on_disk() {
    VD_TRY(const std::string answer,
           client_.query("SELECT toInt32(toDate(partition)) AS day, sum(rows), sum(bytes_on_disk) "
                         "FROM system.parts WHERE database = currentDatabase() AND table = "
                         "'events' AND active GROUP BY day ORDER BY day"));
    std::map<std::int32_t, DayOnDisk> out;
    for (const auto& row : removal_table(answer)) {
        if (row.size() != 3) continue;
        out[number_of<std::int32_t>(row[0])] = {number_of<std::uint64_t>(row[1]),
                                                number_of<std::uint64_t>(row[2])};
    }
    return out;
}

Result<std::uint64_t> EventRemoval::offset_behind(std::int32_t day,
                                                  const std::vector<std::string>& data_sets,
                                                  std::uint64_t skipped) {
    const std::string from =
        " FROM events WHERE " + of_day(day) + " AND dataset IN {sets:Array(String)}";
    const Values sets = {{"sets", array_of(data_sets)}};
    VD_TRY(const std::uint64_t first, number("SELECT min(offset)" + from, sets));
    VD_TRY(
        const std::uint64_t found,
        number("SELECT offset" + from + fmt::format(" ORDER BY offset LIMIT 1 OFFSET {}", skipped),
               sets));
    if (found > first) return found;
    return number("SELECT min(offset)" + from + fmt::format(" AND offset > {}", first), sets);
}

Result<void> EventRemoval::pause() {
    if (is_stopping_()) return base::fail(ErrorCode::cancelled, "asked to stop");
    std::this_thread::sleep_for(std::chrono::milliseconds(kMutationLookMs));
    return {};
}

Result<void> EventRemoval::wait_for_mutations() {
    for (int failures = 0;;) {
        VD_TRY(const std::string answer,
               client_.query("SELECT count(), anyIf(latest_fail_reason, latest_fail_reason != '') "
                             "FROM system.mutations WHERE database = currentDatabase() AND table = "
                             "'events' AND NOT is_done"));
        const auto rows = removal_table(answer);
        if (rows.empty() || rows[0].size() != 2 || rows[0][0] == "0") return {};
        failures = rows[0][1].empty() ? 0 : failures + 1;
        if (failures > kMutationFailuresMax) {
            VD_TRY_DO(client_.execute(
                "KILL MUTATION WHERE database = currentDatabase() AND table = 'events'"));
            return base::fail(ErrorCode::unavailable,
                              "the store cannot remove rows: " + rows[0][1].substr(0, 300), {},
                              "it is tried again; is the disk full?");
        }
        VD_TRY_DO(pause());
    }
}

Result<void> EventRemoval::mutate(std::int32_t day, const std::string& condition,
                                  const Values& values) {
    VD_TRY_DO(client_.execute(
        "ALTER TABLE events DELETE IN PARTITION " + partition_text(day) + " WHERE " + condition,
        values, {{"mutations_sync", "0"}, {"allow_nondeterministic_mutations", "1"}}));
    return wait_for_mutations();
}

/// Drops the parts of which every row goes. True if others with rows that go are left.
Result<bool> EventRemoval::drop_parts(std::int32_t day, const RowCondition& which, bool is_held) {
    const std::string goes =
        is_held ? "(" + which.sql + ") AND (offset, row) NOT IN (SELECT offset, row FROM held_ids)"
                : which.sql;
    for (int tries = 0;; ++tries) {
        VD_TRY(const std::string answer,
               client_.query("SELECT _part, count() AS all, countIf(" + goes +
                                 ") AS gone FROM events WHERE " + of_day(day) +
                                 " GROUP BY _part HAVING gone > 0 ORDER BY _part",
                             which.values, {"TabSeparated", patient()}));
        const auto parts = removal_table(answer);
        bool is_left = false, has_moved = false;
        for (const auto& part : parts) {
            if (part.size() != 3 || part[1] != part[2] || !is_part_name(part[0])) {
                is_left = true;
                continue;
            }
            const auto dropped = client_.execute("ALTER TABLE events DROP PART '" + part[0] + "'");
            // A merge may have taken it up meanwhile: its rows are in another part now.
            if (!dropped && exception_code(dropped.error()) == 0)
                return tl::unexpected(dropped.error());
            has_moved = has_moved || !dropped;
        }
        if (!has_moved) return is_left;
        if (tries == kPartTriesMax) return true;
        VD_TRY_DO(pause());
    }
}

Result<std::uint64_t> EventRemoval::hold_back(std::int32_t day, const RowCondition& which,
                                              const RowCondition& kept) {
    VD_TRY_DO(client_.execute(std::string("CREATE TABLE IF NOT EXISTS held_ids") + kIdTable));
    VD_TRY_DO(client_.execute("TRUNCATE TABLE held_ids"));
    VD_TRY_DO(client_.execute("INSERT INTO held_ids SELECT offset, row FROM events WHERE " +
                                  of_day(day) + " AND (" + which.sql + ") AND (" + kept.sql + ")",
                              together(which.values, kept.values), patient()));
    return number("SELECT count() FROM held_ids");
}

/// By slices of offsets, so that the ids that are held at once stay few.
Result<void> EventRemoval::rewrite_parts(std::int32_t day, const RowCondition& which,
                                         std::uint64_t held) {
    if (held == 0) return mutate(day, which.sql, which.values);
    std::uint64_t after = 0;
    for (bool is_first = true;; is_first = false) {
        VD_TRY(const std::uint64_t last,
               number(fmt::format("SELECT max(offset) FROM (SELECT offset FROM held_ids WHERE "
                                  "offset > {} ORDER BY offset LIMIT {})",
                                  after, kHeldIdsMax)));
        const bool is_last = last == 0;
        const std::string slice =
            (is_first ? std::string("1") : fmt::format("offset > {}", after)) +
            (is_last ? std::string() : fmt::format(" AND offset <= {}", last));
        const std::string kept = is_last ? std::string()
                                         : " AND (offset, row) NOT IN (SELECT offset, row FROM "
                                           "held_ids WHERE " +
                                               slice + ")";
        VD_TRY_DO(mutate(day, slice + " AND (" + which.sql + ")" + kept, which.values));
        if (is_last) return {};
        after = last;
    }
}

Result<EventRemoval::Removed> EventRemoval::remove(std::int32_t day, const RowCondition& which,
                                                   const RowCondition* kept) {
    VD_TRY_DO(wait_for_mutations());
    const RowCondition here = {of_day(day) + " AND (" + which.sql + ")", which.values};
    VD_TRY(const std::uint64_t before, count(here));
    Removed removed;
    if (before == 0) return removed;
    if (kept != nullptr) {
        VD_TRY(removed.kept, hold_back(day, which, *kept));
    }
    if (removed.kept < before) {
        VD_TRY(const bool is_left, drop_parts(day, which, removed.kept > 0));
        if (is_left) VD_TRY_DO(rewrite_parts(day, which, removed.kept));
        VD_TRY(const std::uint64_t after, count(here));
        removed.rows = before - std::min(before, after);
        if (after > removed.kept) {
            return base::fail(ErrorCode::unavailable,
                              fmt::format("{} rows are still there", after - removed.kept),
                              partition_text(day), "it is tried again");
        }
    }
    if (kept != nullptr) VD_TRY_DO(client_.execute("TRUNCATE TABLE held_ids"));
    return removed;
}

Result<std::vector<RowId>> EventRemoval::fitting(const RowCondition& which, std::size_t limit) {
    VD_TRY(const std::string answer,
           client_.query("SELECT offset, row FROM events WHERE (" + which.sql +
                             fmt::format(") ORDER BY offset, row LIMIT {}", limit),
                         which.values, {"TabSeparated", patient()}));
    std::vector<RowId> out;
    for (const auto& row : removal_table(answer)) {
        if (row.size() != 2) continue;
        out.emplace_back(number_of<std::uint64_t>(row[0]), number_of<std::uint32_t>(row[1]));
    }
    return out;
}

Result<void> EventRemoval::put_ids(const std::vector<RowId>& ids) {
    VD_TRY_DO(client_.execute(std::string("CREATE TABLE IF NOT EXISTS forgotten_ids") + kIdTable));
    VD_TRY_DO(client_.execute("TRUNCATE TABLE forgotten_ids"));
    for (std::size_t begin = 0; begin < ids.size(); begin += kIdsOfInsertMax) {
        std::string body;
        for (std::size_t i = begin; i < std::min(ids.size(), begin + kIdsOfInsertMax); ++i) {
            body += fmt::format("{}\t{}\n", ids[i].first, ids[i].second);
        }
        VD_TRY_DO(client_.insert("forgotten_ids", "TabSeparated", {body}));
    }
    return {};
}

Result<void> EventRemoval::remove_ids() {
    VD_TRY_DO(client_.execute("DROP TABLE IF EXISTS forgotten_ids SYNC"));
    return client_.execute("DROP TABLE IF EXISTS held_ids SYNC");
}

RowCondition EventRemoval::in_ids() {
    return {"(offset, row) IN (SELECT offset, row FROM forgotten_ids)"};
}

/// By itself the engine looks every ten seconds at first and every ten minutes once nothing has
/// happened for long. It does so at once after a partition was dropped, be it one that is not
/// there.
Result<void> EventRemoval::clear_now() {
    static constexpr std::string_view kNoDay = "'2149-06-06'";  // the last one that the type has
    VD_TRY(
        const std::uint64_t there,
        number(fmt::format("SELECT count() FROM events WHERE arrival_day = toDate({})", kNoDay)));
    if (there > 0) return {};
    return client_.execute(fmt::format("ALTER TABLE events DROP PARTITION {}", kNoDay));
}

Result<void> EventRemoval::wait_for_purge() {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(kPurgeTimeoutMs);
    for (;;) {
        VD_TRY_DO(clear_now());
        VD_TRY(const std::uint64_t left,
               number("SELECT count() FROM system.parts WHERE database = currentDatabase() AND "
                      "table = 'events' AND NOT active"));
        if (left == 0) return {};
        if (std::chrono::steady_clock::now() > deadline) {
            return base::fail(ErrorCode::timeout, "parts that are no longer used stay on the disk",
                              {}, "it is tried again; does a long search still read them?");
        }
        VD_TRY_DO(pause());
    }
}

Result<void> EventRemoval::purge(const std::string& folder) {
    // The engine keeps replaced parts for minutes because it does not sync what replaces them.
    VD_TRY_DO(
        client_.execute("ALTER TABLE events MODIFY SETTING min_rows_to_fsync_after_merge = 1"));
    const base::OwnedFd disk(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!disk.is_open() || ::syncfs(disk.get()) != 0) {
        return base::fail_errno("cannot sync the disk", folder);
    }
    VD_TRY_DO(client_.execute("ALTER TABLE events MODIFY SETTING old_parts_lifetime = 0"));
    auto done = wait_for_purge();
    const auto reset = end_purge();
    if (!done) return done;
    if (!reset) return tl::unexpected(reset.error());
    return {};
}

Result<bool> EventRemoval::end_purge() {
    VD_TRY(const std::string definition,
           client_.query("SELECT engine_full FROM system.tables WHERE database = "
                         "currentDatabase() AND name = 'events'"));
    std::string set;
    for (const std::string_view name : {"old_parts_lifetime", "min_rows_to_fsync_after_merge"}) {
        if (definition.find(name) == std::string::npos) continue;
        set.append(set.empty() ? "" : ", ").append(name);
    }
    if (set.empty()) return false;
    VD_TRY_DO(client_.execute("ALTER TABLE events RESET SETTING " + set));
    return true;
}

}  // namespace vedette::store
