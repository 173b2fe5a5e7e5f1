// SPDX-License-Identifier: Apache-2.0
// Searches as people type them, through the server's own function, against the SQL that somebody
// who knows the store would write for the same question; both over the same store in the same run.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <span>

#include "base/json_text.h"
#include "bench/event_lines.h"
#include "bench/history.h"
#include "bench/process_info.h"
#include "bench/suites.h"
#include "rule/search/hit.h"
#include "serve/search_request.h"

namespace vedette::bench {

namespace {

using base::Result;
using SteadyClock = std::chrono::steady_clock;

struct SearchSettings {
    std::string data_path, folder;
    std::uint64_t events = 10'000'000;
    int runs = 7;
    std::vector<std::string> only;
};

/// One question in both languages. `condition` of a question for events, `sql` of one for a table.
struct Ask {
    const char* name;
    const char* query;
    const char* condition;
    const char* sql;
};

// Case never counts in a search, so it does not in the SQL either.
constexpr Ask kAsks[] = {
    {"token", "mimikatz", "hasAllTokens(lowerUTF8(raw), 'mimikatz')", nullptr},
    {"phrase", "\"net user\"",
     "hasAllTokens(lowerUTF8(raw), 'net user') AND "
     "match(lowerUTF8(raw), '(^|[^a-z0-9])net user([^a-z0-9]|$)')",
     nullptr},
    {"field_typed", "process.name:rundll32.exe", "lowerUTF8(`process_name`) = 'rundll32.exe'",
     nullptr},
    {"field_map", "IntegrityLevel:system", "lowerUTF8(fields['IntegrityLevel']) = 'system'",
     nullptr},
    {"range", "process.pid>=4000 and process.pid<4100",
     "`process_pid` >= 4000 AND `process_pid` < 4100", nullptr},
    {"regex", "process.command_line:/-enc[a-z]*\\s[A-Za-z0-9+]{20}/",
     "match(`process_command_line`, '(?i)-enc[a-z]*\\\\s[A-Za-z0-9+]{20}')", nullptr},
    {"top", "* | top 10 process.name", nullptr,
     "SELECT `process_name` AS v, count() AS n FROM events WHERE `process_name` != '' "
     "GROUP BY v ORDER BY n DESC, v LIMIT 10"},
    {"top_filtered", "event.code:1 | top 10 user.name", nullptr,
     "SELECT `user_name` AS v, count() AS n FROM events WHERE lowerUTF8(`event_code`) = '1' AND "
     "`user_name` != '' GROUP BY v ORDER BY n DESC, v LIMIT 10"},
    {"timechart", "* | timechart 1h", nullptr,
     "SELECT toStartOfInterval(time, INTERVAL 1 HOUR) AS t, count() FROM events "
     "GROUP BY t ORDER BY t"},
    {"timechart_filtered", "process.name:powershell.exe | timechart 1h", nullptr,
     "SELECT toStartOfInterval(time, INTERVAL 1 HOUR) AS t, count() FROM events "
     "WHERE lowerUTF8(`process_name`) = 'powershell.exe' GROUP BY t ORDER BY t"},
};

constexpr int kHits = 100;

std::string body_of(const Ask& ask) {
    std::string body = "{\"query\":";
    base::append_json_string(body, ask.query);
    return body + fmt::format(",\"limit\":{}}}", kHits);
}

std::string sql_of(const Ask& ask) {
    if (ask.sql != nullptr) return ask.sql;
    // Ids first and ordered by an expression, as rule/search/sql.cpp does and tells why: a plain
    // ORDER BY time LIMIT over the whole columns meets the child's memory limit on ten million
    // rows.
    constexpr const char* kOrder =
        "ORDER BY toUnixTimestamp64Nano(time) DESC, offset DESC, row DESC";
    return fmt::format(
        "SELECT {} FROM events WHERE (offset, row) IN (SELECT offset, row FROM events WHERE {} {} "
        "LIMIT {}) {}",
        rule::search::hit_columns(), ask.condition, kOrder, kHits, kOrder);
}

double milliseconds(const std::function<Result<void>()>& work, Result<void>& failed) {
    const auto begin = SteadyClock::now();
    if (auto done = work(); !done) failed = std::move(done);
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Both sides in turn, so that what else the machine does meets both.
Result<std::string> measure(const Ask& ask, const History& history, int runs) {
    const std::string body = body_of(ask), sql = sql_of(ask);
    store::Client client(history.client_options());
    std::size_t answer_bytes = 0;
    const auto ours = [&]() -> Result<void> {
        VD_TRY(const std::string answer, serve::search(history.client_options(), nullptr, body));
        answer_bytes = answer.size();
        return {};
    };
    const auto raw = [&]() -> Result<void> {
        store::QueryOptions options;
        options.format = ask.sql == nullptr ? "RowBinary" : "JSONEachRow";
        VD_TRY_DO(client.query(sql, {}, options));
        return {};
    };
    Result<void> failed;
    std::vector<double> ours_ms, raw_ms, ratios;
    for (int run = 0; run <= runs; ++run) {
        const double raw_one = milliseconds(raw, failed), ours_one = milliseconds(ours, failed);
        if (!failed) return tl::unexpected(failed.error());
        if (run == 0) continue;  // fills the caches
        ours_ms.push_back(ours_one);
        raw_ms.push_back(raw_one);
        ratios.push_back(ours_one / raw_one);
    }
    return fmt::format(
        "{{\"name\":\"{}\",\"search_ms\":{:.1f},\"raw_sql_ms\":{:.1f},\"ratio\":{:.3f},"
        "\"ratio_of_paired_runs\":{:.3f},\"answer_bytes\":{}}}",
        ask.name, median(ours_ms), median(raw_ms), median(ours_ms) / median(raw_ms), median(ratios),
        answer_bytes);
}

Result<void> run(const SearchSettings& settings) {
    VD_TRY(const auto lines, read_lines(settings.data_path, settings.events));
    HistoryOptions options;
    options.folder = std::filesystem::absolute(settings.folder).string();
    options.events = settings.events;
    VD_TRY(const auto history, History::open(options, lines));
    std::string results;
    for (const Ask& ask : kAsks) {
        const auto is_wanted = [&](const std::string& name) { return name == ask.name; };
        if (!settings.only.empty() && std::ranges::none_of(settings.only, is_wanted)) continue;
        auto result = measure(ask, *history, settings.runs);
        if (!result) {
            return tl::unexpected(std::move(result).error());
        }
        std::fprintf(stderr, "%s\n", result->c_str());
        results += (results.empty() ? "" : ",") + *result;
    }
    std::printf(
        "%s\n",
        fmt::format("{{\"suite\":\"search\",{},\"rows\":{},\"fill_seconds\":{:.1f},\"runs\":{},"
                    "\"searches\":[{}],\"store_child_peak_memory_mib\":{}}}",
                    machine_json(), history->rows(), history->fill_seconds(), settings.runs,
                    results, peak_memory_mib(history->store_pid()))
            .c_str());
    return {};
}

}  // namespace

void add_search(CLI::App& app, std::function<int()>& chosen) {
    const auto settings = std::make_shared<SearchSettings>();
    CLI::App* suite = app.add_subcommand(
        "search", "searches over a long history against the same questions in SQL");
    suite->add_option("--data", settings->data_path, "JSON lines, compressed or not")->required();
    suite
        ->add_option("--store", settings->folder,
                     "where the history is kept; made when it is missing, and not removed")
        ->required();
    suite->add_option("--events", settings->events, "how many it has at least")
        ->capture_default_str();
    suite->add_option("--runs", settings->runs, "of each search and its SQL, in turn")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000));
    suite->add_option("--only", settings->only, "names of searches")->delimiter(',');
    suite->callback([&chosen, settings] {
        chosen = [settings] {
            const auto done = run(*settings);
            if (!done) std::fprintf(stderr, "vedette-bench: %s\n", done.error().message().c_str());
            return done ? 0 : 2;
        };
    });
}

}  // namespace vedette::bench
