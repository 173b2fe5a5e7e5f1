// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/analytics_subtract.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "apps/vedette/command.h"
#include "apps/vedette/kept_state.h"
#include "apps/vedette/learning_client.h"
#include "base/files.h"
#include "base/json_text.h"
#include "engine/learning/limits.h"
#include "engine/learning/subtracted_events.h"
#include "engine/replay/found_event.h"
#include "report/words.h"
#include "rule/search/time_text.h"

namespace vedette::apps {

namespace {

using base::ErrorCode;
using base::Result;
using engine::learning::EventIds;

/// Ids of one request; the server takes a body of a megabyte.
constexpr std::uint64_t kIdsBytesMax = 900u << 10;

struct SubtractOptions {
    std::string data_folder = default_data_folder();
    std::string format = "table";
    std::vector<std::string> items, incidents, findings;
    std::vector<std::string> restored;
    bool is_list = false;
};

struct RollbackOptions {
    std::string data_folder = default_data_folder();
    std::string format = "table";
    std::string date, from;
};

/// Ids of one argument: an id, or a file of them.
Result<EventIds> ids_of_item(const std::string& item) {
    if (const auto id = engine::replay::event_id_of(item)) return EventIds{*id};
    VD_TRY(const std::string text, base::read_file(item, kIdsBytesMax));
    auto ids = engine::learning::read_event_ids(text);
    if (ids) return ids;
    base::Error error = ids.error();
    error.where = item + (error.where.empty() ? "" : ", ") + error.where;
    return tl::unexpected(std::move(error));
}

Result<void> add_finding(store::StateReader& state, const std::string& id, EventIds& ids) {
    VD_TRY(const auto finding, state.finding(id));
    if (!finding) {
        return base::fail(ErrorCode::not_found, "there is no such finding", id,
                          "`vedette incidents ID --format json` has their ids");
    }
    ids.insert(ids.end(), finding->events.begin(), finding->events.end());
    return {};
}

Result<EventIds> ids_of_cases(const SubtractOptions& options) {
    EventIds ids;
    if (options.incidents.empty() && options.findings.empty()) return ids;
    VD_TRY(auto state, open_kept_state(options.data_folder));
    std::vector<std::string> findings = options.findings;
    for (const std::string& id : options.incidents) {
        VD_TRY(const cases::Incident incident, find_incident(state, id));
        if (incident.finding_count > incident.findings.size()) {
            std::fprintf(stderr, "vedette: %s has %s; the events of the first %zu are taken\n",
                         incident.id.c_str(),
                         report::count_text(incident.finding_count, "finding").c_str(),
                         incident.findings.size());
        }
        findings.insert(findings.end(), incident.findings.begin(), incident.findings.end());
    }
    for (const std::string& id : findings) VD_TRY_DO(add_finding(state, id, ids));
    // One event may be in several findings: that is no repetition of a person's.
    engine::learning::put_in_order(ids);
    if (ids.empty()) return base::fail(ErrorCode::not_found, "these name no events");
    return ids;
}

Result<std::string> ids_text(const std::vector<std::string>& items, EventIds ids) {
    for (const std::string& item : items) {
        VD_TRY(const EventIds more, ids_of_item(item));
        ids.insert(ids.end(), more.begin(), more.end());
    }
    std::string out;
    for (const event::EventId& id : ids) {
        fmt::format_to(std::back_inserter(out), "{}:{} ", id.offset, id.row);
    }
    if (out.size() <= kIdsBytesMax) return out;
    return base::fail(ErrorCode::limit, "these are too many events at once", {},
                      "subtract them in parts, some 50,000 each");
}

Result<std::string> question_of(const SubtractOptions& options) {
    VD_TRY(EventIds of_cases, ids_of_cases(options));
    VD_TRY(const std::string subtract, ids_text(options.items, std::move(of_cases)));
    VD_TRY(const std::string restore, ids_text(options.restored, {}));
    std::string body = "{\"subtract\":";
    base::append_json_string(body, subtract);
    body += ",\"restore\":";
    base::append_json_string(body, restore);
    return body + "}";
}

int list_subtracted(const SubtractOptions& options) {
    const LearningClient client{options.data_folder, options.format};
    const auto answer = ask_learning(client, "GET", kSubtractPath);
    if (!answer) return report(answer.error());
    if (options.format == "json") {
        std::fwrite(answer->data(), 1, answer->size(), stdout);
        return kExitGood;
    }
    if (answer->empty()) std::puts("nothing is subtracted");
    for (std::string_view lines = *answer; !lines.empty();) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
        // {"event":"offset:row"}: the text alone, so that it can be given back as a file.
        const std::size_t end = line.rfind('"');
        const std::size_t begin = line.rfind('"', end - 1) + 1;
        std::printf("%s\n", std::string(line.substr(begin, end - begin)).c_str());
    }
    return kExitGood;
}

int subtract(const SubtractOptions& options) {
    if (options.is_list) return list_subtracted(options);
    auto body = question_of(options);
    if (!body) return report(body.error());
    return learn_and_show({options.data_folder, options.format}, kSubtractPath, std::move(*body));
}

Result<std::string> question_of(const RollbackOptions& options) {
    const base::Timestamp now = base::SystemClock().now();
    VD_TRY(const auto date, rule::search::parse_time_span(options.date, now));
    base::Timestamp from{date.from.unix_ns - engine::learning::kDaysMax * base::kNsPerDay};
    if (!options.from.empty()) {
        VD_TRY(const auto begin, rule::search::parse_time_span(options.from, now));
        from = begin.from;
    }
    if (date.from < now) {
        return fmt::format("{{\"from_ns\":{},\"to_ns\":{},\"adopt\":1}}", from.unix_ns,
                           date.from.unix_ns);
    }
    return base::fail(ErrorCode::bad_input, "this date is still to come", options.date);
}

int roll_back(const RollbackOptions& options) {
    auto body = question_of(options);
    if (!body) return report(body.error());
    return learn_and_show({options.data_folder, options.format}, kLearnPath, std::move(*body));
}

void add_format_option(CLI::App& command, std::string& format) {
    command.add_option("--format", format, "table, or json (one object a line)")
        ->check(CLI::IsMember({"table", "json"}));
}

void add_rollback(CLI::App& analytics, std::function<int()>& chosen) {
    const auto options = std::make_shared<RollbackOptions>();
    CLI::App* command = analytics.add_subcommand(
        "rollback",
        "has the running server forget what it learned of events from a date on: it learns once "
        "more from its history up to there");
    command
        ->add_option("date", options->date,
                     "2026-11-22, 2026-11-22T10:15, now-7d: what came to pass before it stays")
        ->required();
    add_data_option(*command, options->data_folder);
    command->add_option("--from", options->from,
                        "only events at or after this time; all that are stored if not said");
    add_format_option(*command, options->format);
    command->footer(
        "What arrives while it learns is judged and not learned from. Exit codes: 0 good, 2 an "
        "error.");
    command->callback([&chosen, options] { chosen = [options] { return roll_back(*options); }; });
}

}  // namespace

void add_subtract_commands(CLI::App& analytics, std::function<int()>& chosen) {
    const auto options = std::make_shared<SubtractOptions>();
    CLI::App* command = analytics.add_subcommand(
        "subtract",
        "has the running server forget what it learned of some events, a confirmed attack's say: "
        "it learns once more from its history without them, and leaves them out for ever");
    command->add_option("items", options->items,
                        "ids of events as findings show them (4711:0), and files of them, one a "
                        "line, # before a comment");
    add_data_option(*command, options->data_folder);
    command
        ->add_option("--incident", options->incidents,
                     "the events of this incident's findings (may be repeated)")
        ->allow_extra_args(false);
    command
        ->add_option("--finding", options->findings, "the events of this finding (may be repeated)")
        ->allow_extra_args(false);
    command
        ->add_option("--restore", options->restored,
                     "takes this event back: it is learned from again; an id or a file of them "
                     "(may be repeated)")
        ->allow_extra_args(false);
    command->add_flag("--list", options->is_list, "only tells what is subtracted");
    add_format_option(*command, options->format);
    command->footer(
        "What arrives while it learns is judged and not learned from. Exit codes: 0 good, 2 an "
        "error.");
    command->callback([&chosen, options] { chosen = [options] { return subtract(*options); }; });
    add_rollback(analytics, chosen);
}

}  // namespace vedette::apps
