// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/vedette/commands.h"
#include "apps/vedette/search_answer.h"
#include "apps/vedette/search_live.h"
#include "apps/vedette/search_options.h"
#include "apps/vedette/search_table.h"
#include "apps/vedette/searches.h"
#include "base/files.h"
#include "report/text.h"
#include "rule/search/hit_csv.h"
#include "rule/search/limits.h"
#include "rule/search/pipe_plan.h"
#include "serve/limits.h"
#include "serve/table_json.h"

namespace vedette::apps {

namespace {

using rule::search::Hit;

// A wrong query is shown with its caret on lines of its own, which message() cannot do.
int report_query(const base::Error& error) {
    std::fprintf(stderr, "vedette search: %s: %s\n", error.where.c_str(), error.text.c_str());
    std::string line;
    for (const char c : error.hint + '\n') {
        if (c != '\n') {
            line.push_back(c);
            continue;
        }
        std::fprintf(stderr, "    %s\n", report::plain(line).c_str());
        line.clear();
    }
    return kExitError;
}

void print_remarks(const rule::search::Search& search) {
    for (const rule::search::Problem& remark : rule::search::remarks_on(search)) {
        std::fprintf(stderr, "note: %s; %s\n", report::plain(remark.text).c_str(),
                     report::plain(remark.suggestion).c_str());
    }
}

// What a person reads first: the message, else what happened to whom, else the record.
std::string summary_of(const Hit& hit) {
    std::string message = hit.field("message");
    if (!message.empty()) return message;
    std::string out;
    for (const char* name :
         {"event.code", "event.action", "user.name", "source.ip", "process.name",
          "process.command_line", "file.path", "destination.ip", "event.outcome"}) {
        const std::string value = hit.field(name);
        if (!value.empty()) out += (out.empty() ? "" : " ") + std::string(name) + '=' + value;
    }
    return out.empty() ? hit.raw : out;
}

std::string place_of(const Hit& hit) {
    const std::string host = hit.field("host.name");
    return host.empty() ? hit.source : hit.source + ' ' + host;
}

constexpr std::size_t kEventsUnasked = 100;  // without --limit
constexpr std::size_t kTimeColumns = 20;     // 2026-11-22T16:03:00Z
constexpr std::size_t kPlaceColumnsMax = 28;
constexpr std::size_t kFieldColumnsMax = 40;
constexpr std::size_t kSummaryColumnsMin = 20;

struct EventTable {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::size_t> columns_max;  // of all but the last column, which takes what is left
};

EventTable table_of(const std::vector<Hit>& hits, const std::vector<std::string>& fields) {
    EventTable table;
    if (fields.empty()) {
        table.columns_max = {kTimeColumns, kPlaceColumnsMax};
        for (const Hit& hit : hits) {
            table.rows.push_back(
                {base::format_rfc3339(hit.time, 0), place_of(hit), summary_of(hit)});
        }
        return table;
    }
    table.columns_max.assign(fields.size() - 1, kFieldColumnsMax);
    table.rows.push_back(fields);
    for (const Hit& hit : hits) {
        std::vector<std::string> row;
        for (const std::string& field : fields) row.push_back(hit.field(field));
        table.rows.push_back(std::move(row));
    }
    return table;
}

std::string table_text_of(EventTable table) {
    std::string out;
    const auto width = static_cast<std::size_t>(terminal_width());
    std::vector<std::size_t> columns(table.columns_max.size(), 0);
    for (auto& row : table.rows) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            row[i] = report::fit(row[i], table.columns_max[i]);
            columns[i] = std::max(columns[i], report::columns_of(row[i]));
        }
    }
    std::size_t used = 0;
    for (const std::size_t size : columns) used += size + 2;
    const std::size_t rest = used + kSummaryColumnsMin < width ? width - used : kSummaryColumnsMin;
    for (const auto& row : table.rows) {
        std::string line;
        // The cells went through fit(): pad() would show their own escapes again as text.
        for (std::size_t i = 0; i < columns.size(); ++i) {
            line += row[i] + std::string(columns[i] - report::columns_of(row[i]) + 2, ' ');
        }
        line += report::fit(row.back(), rest);
        out += line + '\n';
    }
    return out;
}

std::string json_of(const std::vector<Hit>& hits, const std::vector<std::string>& fields) {
    std::string out;
    for (const Hit& hit : hits) {
        if (fields.empty()) {
            rule::search::append_json(out, hit);
        } else {
            Hit few;
            for (const std::string& field : fields)
                few.fields.emplace_back(field, hit.field(field));
            rule::search::append_json_fields(out, few);
        }
        out += '\n';
    }
    return out;
}

bool names_a_list(const rule::search::Node& node) {
    return node.test.kind == rule::search::Test::Kind::list ||
           std::any_of(node.children.begin(), node.children.end(), names_a_list);
}

bool is_aggregation(const rule::search::Stage& stage) {
    using Kind = rule::search::Stage::Kind;
    return stage.kind != Kind::where && stage.kind != Kind::sort && stage.kind != Kind::fields &&
           stage.kind != Kind::limit;
}

/// What is known of a search before it is asked.
struct Checked {
    rule::search::Search search;
    bool is_table = false, is_chart = false;
    std::vector<std::string> fields;  // of events, by the stage `fields`
};

// Before anything is started: a wrong query needs neither a server nor a store. Which look-up lists
// there are is known where the answer comes from.
base::Result<Checked> check(const SearchQuestion& question) {
    const base::Timestamp now = base::SystemClock().now();
    auto search = rule::search::parse_search(question.query);
    if (!search) return tl::unexpected(rule::search::to_error(question.query, search.error()));
    VD_TRY(const auto range, rule::search::parse_time_range(question.from, question.to, now));
    bool has_list = names_a_list(search->filter);
    Checked out;
    for (const rule::search::Stage& stage : search->stages) {
        has_list = has_list || names_a_list(stage.condition);
        out.is_table = out.is_table || is_aggregation(stage);
        out.is_chart = out.is_chart || stage.kind == rule::search::Stage::Kind::timechart;
        if (out.is_table || stage.kind != rule::search::Stage::Kind::fields) continue;
        out.fields.clear();
        for (const rule::search::Name& name : stage.fields) out.fields.push_back(name.text);
    }
    if (!has_list) {
        auto plan = rule::search::plan_search(*search, now, range);
        if (!plan) return tl::unexpected(rule::search::to_error(question.query, plan.error()));
    }
    out.search = std::move(*search);
    return out;
}

/// Where the answer goes: standard output, or the file of --output.
base::Result<void> write(const SearchOptions& options, std::string_view bytes) {
    if (!options.output.empty()) return base::SystemFiles().replace(options.output, bytes);
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size() ||
        std::fflush(stdout) != 0) {
        return tl::unexpected(base::fail_errno("write", "standard output").value());
    }
    return {};
}

bool is_watched() { return ::isatty(STDERR_FILENO) == 1; }

TableLook look_of(const SearchOptions& options, bool is_chart) {
    return {static_cast<std::size_t>(terminal_width()),
            options.output.empty() && ::isatty(STDOUT_FILENO) == 1, is_chart};
}

int show_table(const SearchOptions& options, const rule::search::Table& table, bool is_chart) {
    std::string out;
    if (options.format == "json") {
        rule::search::append_json_lines(out, table);
    } else if (options.format == "csv") {
        rule::search::append_csv(out, table);
    } else if (!table.rows.empty()) {
        out = table_text(table, look_of(options, is_chart));
    }
    if (const auto written = write(options, out); !written) return report(written.error());
    if (table.rows.empty() && is_watched()) std::fprintf(stderr, "nothing found\n");
    if (table.is_cut) {
        std::fprintf(stderr, "note: only the first %zu rows; there are more (--limit)\n",
                     table.rows.size());
    }
    if (table.has_gaps) {
        std::fprintf(stderr,
                     "note: buckets without events are left out, because there would be more than "
                     "%lld; say which time (--last)\n",
                     static_cast<long long>(rule::search::kBucketsMax));
    }
    return table.rows.empty() ? kExitNo : kExitGood;
}

std::string events_text(const SearchOptions& options, const Checked& checked,
                        const std::vector<Hit>& hits) {
    const auto& fields = options.fields.empty() ? checked.fields : options.fields;
    if (options.format == "json") return json_of(hits, fields);
    if (options.format != "csv") return table_text_of(table_of(hits, fields));
    std::string out;
    rule::search::append_csv(out, hits, fields);
    return out;
}

/// One of the tables that a live search shows: on a terminal in place of the last one, in a pipe
/// behind it; as JSON one object a line.
std::string live_table_text(const SearchOptions& options, rule::search::Table table,
                            bool is_chart) {
    const std::size_t rows_max = options.limit.value_or(table.rows.size());
    if (table.rows.size() > rows_max) {
        table.rows.resize(rows_max);
        table.is_cut = true;
    }
    if (options.format == "json") return rule::search::to_json(table);
    constexpr std::string_view kHomeAndClear = "\x1b[H\x1b[2J";
    const TableLook look = look_of(options, is_chart);
    return (look.is_terminal ? std::string(kHomeAndClear) : std::string()) +
           table_text(table, look) + (look.is_terminal ? "" : "\n");
}

int search_live(const SearchOptions& options, const Checked& checked, const std::string& query) {
    if (options.format == "csv" || options.format == "parquet") {
        return report({base::ErrorCode::unsupported,
                       "a live search is shown as table or json",
                       {},
                       "write --format json",
                       false});
    }
    const auto done =
        checked.is_table
            ? follow_table(options.data_folder, query,
                           [&](const rule::search::Table& table) {
                               return write(options,
                                            live_table_text(options, table, checked.is_chart));
                           })
            : follow(options.data_folder, query, options.limit, [&](const std::vector<Hit>& hits) {
                  return write(options, events_text(options, checked, hits));
              });
    if (done) return kExitGood;
    return done.error().hint.find('^') == std::string::npos ? report(done.error())
                                                            : report_query(done.error());
}

int show_events(const SearchOptions& options, const Checked& checked, std::string_view answer) {
    auto hits = read_hits(answer);
    if (!hits) return report(hits.error());
    const std::size_t limit =
        std::min(options.limit.value_or(kEventsUnasked), rule::search::kHitsMax);
    const bool is_cut = hits->size() > limit || hits->size() == rule::search::kHitsMax;
    if (hits->size() > limit) hits->resize(limit);
    const std::string out = events_text(options, checked, *hits);
    if (const auto written = write(options, out); !written) return report(written.error());
    if (hits->empty()) {
        if (is_watched()) std::fprintf(stderr, "no events found\n");
        print_remarks(checked.search);
        return kExitNo;
    }
    if (is_watched() && is_cut) {
        std::fprintf(stderr, "the first %zu events; there are more (--limit)\n", hits->size());
    }
    return kExitGood;
}

int search_sql(const SearchOptions& options) {
    SearchQuestion question;
    question.sql = options.sql;
    question.format = options.format == "parquet" ? "parquet" : "rows";
    const std::size_t limit = options.limit.value_or(serve::kSqlRowsMax);
    question.limit = options.format == "parquet" ? limit : limit + 1;
    if (options.format == "json") question.format = "json";
    auto answer = ask(options.data_folder, question);
    if (!answer) return report(answer.error());
    if (options.format == "json") {
        // One line more than asked for tells that there are more.
        const auto lines =
            static_cast<std::size_t>(std::count(answer->begin(), answer->end(), '\n'));
        if (lines > limit) {
            answer->resize(answer->rfind('\n', answer->size() - 2) + 1);
            std::fprintf(stderr, "note: only the first %zu rows; there are more (--limit)\n",
                         limit);
        }
    }
    if (options.format == "json" || options.format == "parquet") {
        const auto written = write(options, *answer);
        if (!written) return report(written.error());
        return answer->empty() ? kExitNo : kExitGood;
    }
    const auto table = read_rows(*answer, limit);
    if (!table) return report(table.error());
    return show_table(options, *table, false);
}

// Bytes on a terminal are noise, and may drive it.
base::Result<void> check_output(const SearchOptions& options) {
    if (options.format != "parquet" || !options.output.empty() || ::isatty(STDOUT_FILENO) == 0) {
        return {};
    }
    return base::fail(base::ErrorCode::bad_input, "a Parquet file is not for a terminal", {},
                      "write --output FILE, or send it on: ... > events.parquet");
}

int save(const SearchOptions& options, const std::string& query) {
    engine::SavedSearch search;
    search.name = options.save;
    search.title = options.title;
    search.query = query;
    if (const auto level = cases::parse_severity(options.level); level) search.severity = *level;
    const auto path = save_search(options.data_folder, search);
    if (!path) return report(path.error());
    std::printf(
        "kept in %s\nrun it with `vedette searches run %s`, let it run by itself with "
        "`vedette searches schedule %s --every 5m --over 15m`\n",
        report::plain(*path).c_str(), search.name.c_str(), search.name.c_str());
    return kExitGood;
}

}  // namespace

int search(const SearchOptions& options) {
    if (const auto good = check_output(options); !good) return report(good.error());
    if (!options.sql.empty()) return search_sql(options);
    SearchQuestion question;
    for (const std::string& word : options.words) {
        question.query += (question.query.empty() ? "" : " ") + word;
    }
    question.from = options.last.empty() ? options.from : '-' + options.last;
    question.to = options.to;
    const auto checked = check(question);
    if (!checked) {
        return checked.error().where.empty() ? report(checked.error())
                                             : report_query(checked.error());
    }
    if (!options.save.empty()) return save(options, question.query);
    if (options.is_live) return search_live(options, *checked, question.query);
    question.limit = options.limit;
    if (options.format == "parquet") question.format = "parquet";
    // One more tells whether there are more.
    if (!checked->is_table && options.format != "parquet") {
        question.limit = options.limit.value_or(kEventsUnasked) + 1;
    }
    const auto answer = ask(options.data_folder, question);
    if (!answer)
        return answer.error().hint.find('^') == std::string::npos ? report(answer.error())
                                                                  : report_query(answer.error());
    if (options.format == "parquet") {
        const auto written = write(options, *answer);
        return written ? kExitGood : report(written.error());
    }
    if (!checked->is_table) return show_events(options, *checked, *answer);
    const auto table = serve::table_from_json(*answer);
    if (!table) return report(table.error());
    if (table->rows.empty()) print_remarks(checked->search);
    return show_table(options, *table, checked->is_chart);
}

void add_search_command(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* command = app.add_subcommand(
        "search", "finds and counts events: vedette search 'user.name:root | count by source.ip'");
    auto options = std::make_shared<SearchOptions>();
    CLI::Option* query = command->add_option(
        "query", options->words,
        "words, \"phrases\", field:value, field>1, field:(a or b), and, or, not; nothing finds "
        "everything. Then stages: | count by f | top 10 f | rare f | timechart 5m by f | "
        "distinct f | stats sum(bytes), p95(bytes) by f | where count>10 | sort -count | fields "
        "f,g | limit 10");
    CLI::Option* from =
        command->add_option("--from", options->from,
                            "events of this time and later: 2026-11-22, 2026-11-22T10:15Z, now-1h");
    CLI::Option* to = command->add_option("--to", options->to, "events up to this time");
    CLI::Option* last =
        command->add_option("--last", options->last, "the same as --from -TIME: 15m, 24h, 7d")
            ->excludes(from);
    command
        ->add_option("--sql", options->sql,
                     "one SELECT over the table `events` instead of a query, read only")
        ->excludes(query)
        ->excludes(from)
        ->excludes(to)
        ->excludes(last);
    command
        ->add_option("--limit", options->limit,
                     "how many events (100 if not said) or rows of a table at most")
        ->check(CLI::Range(std::size_t{1}, rule::search::kFileRowsMax));
    command->add_option("--format", options->format, "table, json (one a line), csv or parquet")
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "json", "csv", "parquet"}));
    CLI::Option* output = command->add_option("--output", options->output, "the file to write to");
    command
        ->add_flag("--live", options->is_live,
                   "goes on and shows new events that match as they come, --limit of them or for "
                   "ever, or the table of a query that counts whenever it changes; asks the "
                   "running server")
        ->excludes(output)
        ->excludes(from)
        ->excludes(to)
        ->excludes(last);
    CLI::Option* save =
        command
            ->add_option("--save", options->save,
                         "keeps the query under this name instead of asking it: `vedette searches`")
            ->excludes(output)
            ->excludes(from)
            ->excludes(to)
            ->excludes(last);
    command
        ->add_option("--title", options->title, "of a saved search: what a finding of it is called")
        ->needs(save);
    command->add_option("--level", options->level, "of a saved search: how grave its findings are")
        ->capture_default_str()
        ->check(CLI::IsMember({"informational", "low", "medium", "high", "critical"}))
        ->needs(save);
    command->add_option("--fields", options->fields, "only these fields: time,user.name,source.ip")
        ->delimiter(',')
        ->allow_extra_args(false);
    add_data_option(*command, options->data_folder);
    command->footer("Exit codes: 0 something found, 1 nothing, 2 an error.");
    command->callback([&chosen, options] { chosen = [options] { return search(*options); }; });
}

}  // namespace vedette::apps
