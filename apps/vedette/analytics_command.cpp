// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "apps/vedette/analytics_learn.h"
#include "apps/vedette/analytics_standings.h"
#include "apps/vedette/analytics_subtract.h"
#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/peers_command.h"
#include "base/json_text.h"
#include "engine/config.h"
#include "engine/ruleset.h"
#include "report/words.h"
#include "rule/analytic/analytic.h"

namespace vedette::apps {

namespace {

using rule::analytic::Analytic;

struct AnalyticsOptions {
    std::vector<std::string> paths;
    std::string format = "table";
    std::string id;  // explain
};

base::Result<rule::analytic::AnalyticSet> read_set(const AnalyticsOptions& options) {
    std::vector<std::string> paths = options.paths;
    if (paths.empty()) paths = {engine::content_folder() + "/analytics"};
    VD_TRY(const engine::RuleSet set, engine::read_ruleset({}, {}, {}, {}, {}, {}, paths));
    return rule::analytic::read_analytics(set.inputs.analytic_files);
}

std::string joined(const std::vector<event::Placed>& fields) {
    std::string out;
    for (const event::Placed& field : fields) out += (out.empty() ? "" : ", ") + field.text;
    return out;
}

std::string window_words(const Analytic& analytic) {
    std::string out;
    for (const std::int64_t window_ms : analytic.windows_ms) {
        out += (out.empty() ? "" : ", ") +
               report::duration_text(static_cast<double>(window_ms) / 1'000);
    }
    return out;
}

std::string measure_words(const Analytic& analytic) {
    std::string out(name(analytic.measure));
    if (!analytic.fields.empty()) out += " of " + joined(analytic.fields);
    if (!analytic.of.text.empty()) out += " of " + analytic.of.text;
    for (const auto& part : analytic.parts) {
        out += (&part == &analytic.parts.front() ? " of " : ", ") + words(part);
    }
    return out;
}

std::string against_words(const Analytic& analytic) {
    std::string out;
    for (const auto against : analytic.against) {
        out += (out.empty() ? "" : ", ") + std::string(name(against));
    }
    if (!analytic.peers_by.text.empty()) out += " (peers by " + analytic.peers_by.text + ")";
    return out;
}

void print_json(const Analytic& analytic) {
    std::string out = "{";
    const auto add = [&](std::string_view key, std::string_view text) {
        if (out.size() > 1) out += ',';
        base::append_json_string(out, key);
        out += ':';
        base::append_json_string(out, text);
    };
    add("analytic", analytic.id.text);
    add("title", analytic.title);
    add("level", analytic.level);
    add("entity", event::name(analytic.entity));
    add("entity_fields", joined(analytic.entity_fields));
    add("measure", measure_words(analytic));
    add("windows", window_words(analytic));
    add("against", against_words(analytic));
    add("direction", name(analytic.direction));
    add("tell_from_bits", fmt::format("{:g}", analytic.bits_min));
    add("events", analytic.events.text);
    std::string attack;
    for (const std::string& id : analytic.attack) attack += (attack.empty() ? "" : ", ") + id;
    add("attack", attack);
    std::printf("%s}\n", out.c_str());
}

/// Refusals are told on standard error.
int told(const rule::analytic::AnalyticSet& set) {
    for (const base::Error& refusal : set.refusals) report(refusal);
    return set.refusals.empty() ? kExitGood : kExitNo;
}

int check(const AnalyticsOptions& options) {
    const auto set = read_set(options);
    if (!set) return report(set.error());
    if (options.format == "json") {
        std::printf("{\"good\":%zu,\"refused\":%zu}\n", set->analytics.size(),
                    set->refusals.size());
    } else {
        std::printf("%s good, %zu refused\n",
                    report::count_text(set->analytics.size(), "analytic").c_str(),
                    set->refusals.size());
    }
    return told(*set);
}

int list(const AnalyticsOptions& options) {
    const auto set = read_set(options);
    if (!set) return report(set.error());
    for (const Analytic& analytic : set->analytics) {
        if (options.format == "json") {
            print_json(analytic);
            continue;
        }
        std::printf("%-28s %-13s %s\n", analytic.id.text.c_str(), analytic.level.c_str(),
                    analytic.title.c_str());
    }
    return told(*set);
}

int explain(const AnalyticsOptions& options) {
    const auto set = read_set(options);
    if (!set) return report(set.error());
    std::vector<std::string> ids;
    for (const Analytic& analytic : set->analytics) {
        ids.push_back(analytic.id.text);
        if (analytic.id.text != options.id) continue;
        if (options.format == "json") {
            print_json(analytic);
            return kExitGood;
        }
        const auto line = [](const char* what, const std::string& text) {
            if (!text.empty()) std::printf("  %-10s %s\n", what, text.c_str());
        };
        std::printf("%s: %s\n", analytic.id.text.c_str(), analytic.title.c_str());
        line("about", analytic.description);
        line("events", analytic.events.text.empty() ? "all" : analytic.events.text);
        line("entity",
             fmt::format("{} ({})", event::name(analytic.entity), joined(analytic.entity_fields)));
        line("measures", measure_words(analytic));
        line("within", window_words(analytic));
        line("against", against_words(analytic));
        line("odd", std::string(name(analytic.direction)));
        line("told from",
             fmt::format("{:g} bit{}", analytic.bits_min, analytic.bits_min == 1 ? "" : "s"));
        line("level", analytic.level);
        for (const std::string& one : analytic.false_positives) line("harmless", one);
        return kExitGood;
    }
    const std::string guess = event::nearest(options.id, ids);
    return report({base::ErrorCode::not_found,
                   "there is no analytic '" + options.id + "'",
                   {},
                   guess.empty() ? "see `vedette analytics list`" : "did you mean '" + guess + "'?",
                   false});
}

}  // namespace

void add_analytics_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<AnalyticsOptions>();
    CLI::App* command = app.add_subcommand("analytics", "what is learned of people and machines");
    command->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& help,
                         int (*run)(const AnalyticsOptions&)) {
        CLI::App* to = command->add_subcommand(name, help);
        to->add_option("--analytics", options->paths,
                       "folder or file of analytics (may be repeated); default: ours")
            ->allow_extra_args(false);
        to->add_option("--format", options->format, "table or json")
            ->check(CLI::IsMember({"table", "json"}));
        to->callback([=, &chosen] { chosen = [=] { return run(*options); }; });
        return to;
    };
    add("check", "whether files can be used, and what is wrong where", check)
        ->add_option("paths", options->paths, "files and folders");
    add("list", "all of them", list);
    add("explain", "what one of them learns and when it tells", explain)
        ->add_option("analytic", options->id, "its name")
        ->required();
    add_learn_commands(*command, chosen);
    add_subtract_commands(*command, chosen);
    add_standings_command(*command, chosen);
    add_peers_command(*command, chosen);
}

}  // namespace vedette::apps
