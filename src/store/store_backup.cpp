// SPDX-License-Identifier: Apache-2.0
#include "store/store_backup.h"

#include <charconv>
#include <filesystem>

#include "base/check.h"
#include "base/files.h"
#include "store/client.h"
#include "store/schema.h"

namespace vedette::store {

namespace {

namespace fs = std::filesystem;
using base::Result;

constexpr std::uint64_t kCountBytesMax = 64;

/// Names are ours and stand in the statement, because the engine takes no placeholder there.
std::string file_of(const std::string& name) {
    VD_CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
    return "File('" + name + "')";
}

/// A client that does not need our database to be there.
Client client_of(const base::HttpEndpoint& store, int timeout_s) {
    ClientOptions options;
    options.endpoint = store;
    options.database = "default";
    options.idle_timeout_ms = timeout_s * 1'000;
    return Client(std::move(options));
}

std::string our_database() { return quote_identifier(ClientOptions{}.database); }

bool read_number(std::string_view& text, std::uint64_t& out) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (code != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty()) text.remove_prefix(1);
    return true;
}

}  // namespace

std::string engine_backups_folder(const std::string& store_folder) {
    return store_folder + "/engine/backups";
}

Result<void> backup_database(const base::HttpEndpoint& store, const std::string& name,
                             int timeout_s) {
    return client_of(store, timeout_s)
        .execute_without_database("BACKUP DATABASE " + our_database() + " TO " + file_of(name));
}

Result<void> restore_database(const base::HttpEndpoint& store, const std::string& name,
                              int timeout_s) {
    return client_of(store, timeout_s)
        .execute_without_database("RESTORE DATABASE " + our_database() + " FROM " + file_of(name));
}

Result<EventCounts> count_events(const base::HttpEndpoint& store) {
    ClientOptions options;
    options.endpoint = store;
    Client client(std::move(options));
    QueryOptions query;
    // In the table's own order the groups stream by, whatever their number.
    query.settings = {
        {"max_execution_time", "0"}, {"optimize_aggregation_in_order", "1"}, {"max_threads", "1"}};
    VD_TRY(const std::string answer,
           client.query("SELECT sum(times), count(), max(offset) FROM (SELECT offset, row, count() "
                        "AS times FROM events GROUP BY offset, row)",
                        {}, query));
    EventCounts counts;
    std::string_view rest = answer;
    if (read_number(rest, counts.rows) && read_number(rest, counts.distinct_ids) &&
        read_number(rest, counts.last_offset)) {
        return counts;
    }
    return base::fail(base::ErrorCode::corrupt, "the store's count is unreadable");
}

Result<std::uint64_t> rows_of_backup(const std::string& folder) {
    const std::string table =
        folder + "/data/" + ClientOptions{}.database + "/" + std::string(kEventsTable);
    std::uint64_t rows = 0;
    std::error_code error;
    if (!fs::exists(table, error)) return rows;  // a table without rows has no folder
    for (fs::directory_iterator entry(table, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string path = entry->path().string() + "/count.txt";
        VD_TRY(const std::string text, base::read_file(path, kCountBytesMax));
        std::string_view rest = text;
        std::uint64_t count = 0;
        if (!read_number(rest, count)) {
            return base::fail(base::ErrorCode::corrupt, "a part's count is unreadable", path);
        }
        rows += count;
    }
    if (error) return base::fail(base::ErrorCode::io, "cannot list: " + error.message(), table);
    return rows;
}

}  // namespace vedette::store
