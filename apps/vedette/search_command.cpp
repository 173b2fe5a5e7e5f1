// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/search_hits.h"
#include "report/text.h"
#include "rule/search/limits.h"
#include "rule/search/plan.h"
#include "rule/search/query.h"

namespace vedette::apps {

namespace {

using rule::search::Hit;

struct SearchOptions {
    std::vector<std::string> words;
    std::string from, to, last;
    std::size_t limit = 100;
    std::string format = "table";
    std::vector<std::string> fields;
    std::string data_folder = default_data_folder();
};

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

void print_remarks(const std::string& query) {
    const auto node = rule::search::parse_query(query);
    if (!node) return;
    for (const rule::search::Problem& remark : rule::search::remarks_on(*node)) {
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

constexpr std::size_t kTimeColumns = 20;  // 2026-11-22T16:03:00Z
constexpr std::size_t kPlaceColumnsMax = 28;
constexpr std::size_t kFieldColumnsMax = 40;
constexpr std::size_t kSummaryColumnsMin = 20;

struct Table {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::size_t> columns_max;  // of all but the last column, which takes what is left
};

Table table_of(const std::vector<Hit>& hits, const std::vector<std::string>& fields) {
    Table table;
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

void print_table(Table table) {
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
        std::printf("%s\n", line.c_str());
    }
}

void print_json(const std::vector<Hit>& hits, const std::vector<std::string>& fields) {
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
    std::fwrite(out.data(), 1, out.size(), stdout);
}

bool names_a_list(const rule::search::Node& node) {
    return node.test.kind == rule::search::Test::Kind::list ||
           std::any_of(node.children.begin(), node.children.end(), names_a_list);
}

// Before anything is started: a wrong query needs neither a server nor a store. Which look-up lists
// there are is known where the answer comes from.
base::Result<void> check(const SearchQuestion& question) {
    const base::Timestamp now = base::SystemClock().now();
    auto node = rule::search::parse_query(question.query);
    if (!node) return tl::unexpected(rule::search::to_error(question.query, node.error()));
    if (!names_a_list(*node)) {
        auto plan = rule::search::plan_query(*node, now);
        if (!plan) return tl::unexpected(rule::search::to_error(question.query, plan.error()));
    }
    VD_TRY([[maybe_unused]] auto range,
           rule::search::parse_time_range(question.from, question.to, now));
    return {};
}

int search(const SearchOptions& options) {
    SearchQuestion question;
    for (const std::string& word : options.words) {
        question.query += (question.query.empty() ? "" : " ") + word;
    }
    question.from = options.last.empty() ? options.from : '-' + options.last;
    question.to = options.to;
    question.limit = options.limit;
    if (const auto good = check(question); !good) {
        return good.error().where.empty() ? report(good.error()) : report_query(good.error());
    }
    const auto hits = find_hits(options.data_folder, question);
    if (!hits) return report(hits.error());
    if (options.format == "json") {
        print_json(*hits, options.fields);
    } else {
        print_table(table_of(*hits, options.fields));
    }
    if (std::fflush(stdout) != 0)
        return report(base::fail_errno("write", "standard output").value());
    const bool is_watched = ::isatty(STDERR_FILENO) == 1;
    if (hits->empty()) {
        if (is_watched) std::fprintf(stderr, "no events found\n");
        print_remarks(question.query);
        return kExitNo;
    }
    if (is_watched && hits->size() == options.limit) {
        std::fprintf(stderr, "the newest %zu events; more with --limit\n", hits->size());
    }
    return kExitGood;
}

}  // namespace

void add_search_command(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* command = app.add_subcommand(
        "search", "finds events: vedette search 'user.name:root and source.ip:10.0.0.0/8'");
    auto options = std::make_shared<SearchOptions>();
    command->add_option("query", options->words,
                        "words, \"phrases\", field:value, field>1, field:(a or b), and, or, not; "
                        "nothing finds everything");
    CLI::Option* from =
        command->add_option("--from", options->from,
                            "events of this time and later: 2026-11-22, 2026-11-22T10:15Z, now-1h");
    command->add_option("--to", options->to, "events up to this time");
    command->add_option("--last", options->last, "the same as --from -TIME: 15m, 24h, 7d")
        ->excludes(from);
    command->add_option("--limit", options->limit, "how many events at most, the newest first")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1}, rule::search::kHitsMax));
    command->add_option("--format", options->format, "table or json (one event a line)")
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "json"}));
    command->add_option("--fields", options->fields, "only these fields: time,user.name,source.ip")
        ->delimiter(',')
        ->allow_extra_args(false);
    add_data_option(*command, options->data_folder);
    command->footer("Exit codes: 0 events found, 1 none, 2 an error.");
    command->callback([&chosen, options] { chosen = [options] { return search(*options); }; });
}

}  // namespace vedette::apps
