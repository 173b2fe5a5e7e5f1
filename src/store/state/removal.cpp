// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/check.h"
#include "cases/record.h"
#include "store/state/inbox_bytes.h"
#include "store/state/state_store.h"

namespace vedette::store {

base::Result<void> StateTransaction::put_decision(std::uint64_t journal_offset,
                                                  std::string_view payload) {
    VD_TRY(auto put, statement("INSERT OR REPLACE INTO decisions(journal_offset, payload) "
                               "VALUES (?, ?)"));
    return kept(put.add(journal_offset).add_bytes(payload).run());
}

base::Result<void> StateTransaction::put_arrival_day(std::int32_t day,
                                                     std::uint64_t journal_offset) {
    VD_TRY(auto put, statement("INSERT OR IGNORE INTO arrival_days(day, first_offset) "
                               "VALUES (?, ?)"));
    return kept(put.add(std::int64_t{day}).add(journal_offset).run());
}

base::Result<std::uint64_t> StateTransaction::remove_orphaned_incidents() {
    std::vector<std::string> orphans;
    {
        VD_TRY(auto all, statement("SELECT id, record FROM incidents"));
        while (true) {
            VD_TRY(const bool has_row, all.step());
            if (!has_row) break;
            const auto incident = cases::decode_incident(all.bytes(1));
            if (!incident) continue;  // whoever reads it is told
            // Long ones do not name all their findings; the lead is the one that speaks for them.
            std::vector<std::string> named = incident->findings;
            named.push_back(incident->lead);
            bool has_finding = false;
            // The newest first: in a living incident the first look says so.
            for (auto id = named.rbegin(); id != named.rend() && !has_finding; ++id) {
                VD_TRY(auto find, statement("SELECT 1 FROM findings WHERE id = ?"));
                VD_TRY(has_finding, find.add(std::string_view(*id)).step());
            }
            if (!has_finding) orphans.push_back(incident->id);
        }
    }
    for (const std::string& id : orphans) {
        VD_TRY_DO(remove_incident(id));
        VD_TRY(auto names, statement("DELETE FROM merged_incidents WHERE into_id = ?"));
        VD_TRY_DO(kept(names.add(std::string_view(id)).run()));
    }
    return orphans.size();
}

base::Result<FindingsRemoved> StateTransaction::remove_findings_before(
    std::uint64_t journal_offset) {
    FindingsRemoved removed;
    {
        VD_TRY(auto count, statement("SELECT count(*) FROM findings WHERE last_offset < ?"));
        VD_TRY(const bool has_row, count.add(journal_offset).step());
        VD_CHECK(has_row);
        removed.findings = count.count(0);
    }
    if (removed.findings == 0) return removed;
    {
        VD_TRY(auto remove, statement("DELETE FROM findings WHERE last_offset < ?"));
        VD_TRY_DO(kept(remove.add(journal_offset).run()));
    }
    VD_TRY(removed.incidents, remove_orphaned_incidents());
    return removed;
}

base::Result<std::uint64_t> StateTransaction::remove_inbox_where(std::string_view stage,
                                                                 std::string_view side,
                                                                 std::uint64_t journal_offset) {
    std::uint64_t rows = 0, bytes = 0;
    const std::string which =
        fmt::format("FROM inbox WHERE stage = ? AND journal_offset {} ?", side);
    {
        VD_TRY(auto count, statement(fmt::format("SELECT count(*), coalesce(sum({}), 0) {}",
                                                 kKeptBytes, which)));
        VD_TRY(const bool has_row, count.add(stage).add(journal_offset).step());
        VD_CHECK(has_row);
        rows = count.count(0);
        bytes = count.count(1);
    }
    if (rows == 0) return 0;
    VD_TRY(auto remove, statement("DELETE " + which));
    VD_TRY_DO(kept(remove.add(stage).add(journal_offset).run()));
    VD_TRY(auto put, statement("UPDATE inbox_stages SET rows = rows - ?, bytes = bytes - ? "
                               "WHERE stage = ?"));
    VD_TRY_DO(kept(put.add(rows).add(bytes).add(stage).run()));
    return rows;
}

base::Result<std::uint64_t> StateTransaction::remove_inbox_before(std::string_view stage,
                                                                  std::uint64_t journal_offset) {
    return remove_inbox_where(stage, "<", journal_offset);
}

base::Result<void> StateTransaction::take_back_from(std::uint64_t journal_offset) {
    const bool is_all = journal_offset <= 1;
    VD_TRY(auto findings, statement("DELETE FROM findings WHERE last_offset >= ?"));
    VD_TRY_DO(kept(findings.add(journal_offset).run()));
    VD_TRY_DO(remove_orphaned_incidents());
    for (const std::string_view stage : {"parse", "journal"}) {
        VD_TRY_DO(remove_inbox_where(stage, ">=", journal_offset));
        // What comes again must not be taken for known.
        VD_TRY(auto stages,
               statement(is_all ? "DELETE FROM inbox_stages WHERE stage = ?"
                                : "UPDATE inbox_stages SET last_offset = min(last_offset, ?2 - 1), "
                                  "last_row = 4294967295 WHERE stage = ?1"));
        stages.add(stage);
        if (!is_all) stages.add(journal_offset);
        VD_TRY_DO(kept(stages.run()));
    }
    VD_TRY(auto days, statement("DELETE FROM arrival_days WHERE first_offset >= ?"));
    VD_TRY_DO(kept(days.add(journal_offset).run()));
    if (is_all) {
        VD_TRY(auto names, statement("DELETE FROM merged_incidents"));
        VD_TRY_DO(kept(names.run()));
    }
    return {};
}

base::Result<void> StateTransaction::remove_finding(std::string_view id) {
    VD_TRY(auto remove, statement("DELETE FROM findings WHERE id = ?"));
    return kept(remove.add(id).run());
}

base::Result<void> StateTransaction::remove_snapshots_but(std::string_view name) {
    VD_TRY(auto remove, statement("DELETE FROM snapshots WHERE name != ?"));
    return kept(remove.add(name).run());
}

}  // namespace vedette::store
