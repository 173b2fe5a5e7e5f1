// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/kept_state.h"
#include "report/terminal.h"
#include "report/text.h"

namespace vedette::apps {

namespace {

struct IncidentsOptions {
    std::string data_folder = default_data_folder();
    std::string id;
    std::string order = "evidence", format = "table";
    std::string level = "informational", state;
    std::size_t limit = 20;
};

void print_row(const cases::Incident& incident) {
    std::printf("%-13s %6.1f  %s  %5llu  %s  %s\n", std::string(name(incident.severity)).c_str(),
                incident.evidence_bits, base::format_rfc3339(incident.last_seen, 0).c_str(),
                static_cast<unsigned long long>(incident.finding_count),
                incident.id.substr(0, 8).c_str(), report::plain(incident.title).c_str());
}

int list(const IncidentsOptions& options) {
    auto state = open_kept_state(options.data_folder);
    if (!state) return report(state.error());
    store::IncidentFilter filter;
    filter.limit = options.limit;
    filter.is_by_evidence = options.order == "evidence";
    filter.severity_min = cases::parse_severity(options.level).value();
    if (!options.state.empty()) filter.state = options.state;
    const auto incidents = state->incidents(filter);
    if (!incidents) return report(incidents.error());
    if (options.format == "table" && !incidents->empty()) {
        std::puts("level           bits  last seen             findings  id        what");
    }
    for (const cases::Incident& incident : *incidents) {
        if (options.format == "json") {
            std::puts(cases::to_json(incident).c_str());
        } else {
            print_row(incident);
        }
    }
    return kExitGood;
}

int show(const IncidentsOptions& options) {
    auto state = open_kept_state(options.data_folder);
    if (!state) return report(state.error());
    const auto incident = find_incident(*state, options.id);
    if (!incident) return report(incident.error());
    if (options.format == "json") {
        std::puts(cases::to_json(*incident).c_str());
        return kExitGood;
    }
    const auto lookup = [&](std::string_view id) -> std::optional<cases::Finding> {
        auto found = state->finding(id);
        return found ? std::move(*found) : std::nullopt;
    };
    report::TerminalOptions terminal;
    terminal.columns = static_cast<std::size_t>(terminal_width());
    terminal.has_color = wants_colour();
    write_terminal(*incident, lookup, terminal,
                   [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); });
    return kExitGood;
}

}  // namespace

void add_incidents_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<IncidentsOptions>();
    CLI::App* command = app.add_subcommand(
        "incidents", "what wants looking at, the most evidence first; one whole by its id");
    add_data_option(*command, options->data_folder);
    command->add_option("id", options->id, "one incident: its id, or the beginning of it");
    command->add_option("--order", options->order, "evidence, or time (the newest first)")
        ->check(CLI::IsMember({"evidence", "time"}))
        ->capture_default_str();
    command->add_option("--level", options->level, "this level and above")
        ->check(CLI::IsMember({"informational", "low", "medium", "high", "critical"}))
        ->capture_default_str();
    command->add_option("--state", options->state, "only those in this state")
        ->check(CLI::IsMember({"open", "closed"}));
    command->add_option("--limit", options->limit, "how many")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->add_option("--format", options->format, "table, or json (one object a line)")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    command->callback([&chosen, options] {
        chosen = [options] { return options->id.empty() ? list(*options) : show(*options); };
    });
}

}  // namespace vedette::apps
