// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <tuple>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/history_range.h"
#include "apps/vedette/rules_explain.h"
#include "apps/vedette/rules_options.h"
#include "apps/vedette/rules_print.h"
#include "apps/vedette/rules_replay.h"
#include "apps/vedette/rules_replays.h"
#include "base/json_text.h"
#include "rule/sigma/fold.h"

namespace vedette::apps {

namespace {

using base::ErrorCode;
using base::Result;
using engine::ChosenRules;
using engine::RuleStanding;

bool is_json(const RulesOptions& options) { return options.format == "json"; }

template <typename Item>
void show(const RulesOptions& options, const Item& item) {
    if (is_json(options)) {
        print_json_line(to_json(item));
    } else {
        print_text(item);
    }
}

int report_all(const ChosenRules& rules) {
    for (const base::Error& problem : rules.problems) report(problem);
    return rules.problems.empty() ? kExitGood : kExitError;
}

int check(const RulesOptions& options) {
    const auto known = engine::choose_rules(options.choice);
    if (!known) return report(known.error());
    const auto coverage = engine::kept_coverage(known->config.data_folder);
    if (!coverage) return report(coverage.error());
    const auto checked = engine::check_rule_files(options.paths, *known, *coverage);
    if (!checked) return report(checked.error());
    for (const engine::CheckedLine& line : checked->lines) show(options, line);
    if (!is_json(options)) {
        std::printf("%zu rules in %zu files, %zu wrong, %zu warnings\n", checked->rules,
                    checked->files, checked->wrong, checked->warnings);
    }
    if (const int code = report_all(*known); code != kExitGood) return code;
    const bool is_no = checked->wrong > 0 || (options.is_strict && checked->warnings > 0);
    return is_no ? kExitNo : kExitGood;
}

int test(const RulesOptions& options) {
    const auto known = engine::choose_rules(options.choice);
    if (!known) return report(known.error());
    const auto tests = engine::run_rule_tests(options.paths, *known);
    if (!tests) return report(tests.error());
    for (const engine::RuleTestFailure& failure : tests->failures) show(options, failure);
    for (const auto& [where, why] : tests->untested) {
        std::fprintf(stderr, "vedette: %s: not tested: %s\n", where.c_str(), why.c_str());
    }
    if (!is_json(options)) {
        std::printf("%zu rules on %zu events, %zu wrong, %zu not tested\n", tests->rules,
                    tests->lines, tests->failures.size(), tests->untested.size());
    }
    const bool is_no = !tests->failures.empty() || (options.is_strict && !tests->untested.empty());
    return is_no ? kExitNo : kExitGood;
}

Result<std::vector<store::RuleCount>> findings_of(const std::string& data_folder) {
    VD_TRY(auto state, engine::kept_state(data_folder));
    if (!state) return std::vector<store::RuleCount>();
    return state->rule_counts("");
}

Result<std::vector<RuleStanding>> standings_of(const ChosenRules& rules) {
    VD_TRY(const auto coverage, engine::kept_coverage(rules.config.data_folder));
    VD_TRY(const auto findings, findings_of(rules.config.data_folder));
    return engine::standings(rules, coverage, findings);
}

bool is_wanted(const RuleStanding& rule, const RulesOptions& options, cases::Severity level_min) {
    const auto has = [](const std::string& text, const std::string& part) {
        return rule::sigma::fold(text).find(rule::sigma::fold(part)) != std::string::npos;
    };
    const auto level = cases::parse_severity(rule.level);
    // What was refused has no level: it is shown unless one is asked for.
    const bool is_level = level ? *level >= level_min : level_min == cases::Severity::informational;
    const bool has_words =
        std::all_of(options.words.begin(), options.words.end(), [&](const std::string& word) {
            return has(rule.title, word) || has(rule.id, word) || has(rule.where, word);
        });
    const bool has_technique =
        options.technique.empty() ||
        std::any_of(rule.attack.begin(), rule.attack.end(), [&](const std::string& id) {
            const std::string wanted = rule::sigma::fold(options.technique);
            const std::string folded = rule::sigma::fold(id);
            return folded == wanted || folded.starts_with(wanted + ".");
        });
    return is_level && has_words && has_technique && has(rule.logsource, options.logsource) &&
           (options.state.empty() || options.state == name(rule.state));
}

int list(const RulesOptions& options) {
    const auto level_min = cases::parse_severity(options.level_min);
    if (!level_min) return report(level_min.error());
    const auto rules = engine::choose_rules(options.choice);
    if (!rules) return report(rules.error());
    const auto all = standings_of(*rules);
    if (!all) return report(all.error());
    std::size_t shown = 0;
    for (const RuleStanding& rule : *all) {
        if (!is_wanted(rule, options, *level_min)) continue;
        ++shown;
        show(options, rule);
    }
    if (!is_json(options)) {
        std::printf("%zu of %zu rules, %s\n", shown, all->size(), rules->where.c_str());
    }
    if (const int code = report_all(*rules); code != kExitGood) return code;
    return shown == 0 ? kExitNo : kExitGood;
}

int coverage(const RulesOptions& options) {
    const auto rules = engine::choose_rules(options.choice);
    if (!rules) return report(rules.error());
    const auto all = standings_of(*rules);
    if (!all) return report(all.error());
    const auto techniques = engine::techniques(*all);
    if (options.is_by_rule) {
        for (const RuleStanding& rule : *all) show(options, rule);
    } else {
        for (const auto& technique : techniques) show(options, technique);
    }
    if (!is_json(options)) {
        const auto count = [&](RuleStanding::State state) {
            return std::count_if(all->begin(), all->end(),
                                 [&](const auto& rule) { return rule.state == state; });
        };
        using State = RuleStanding::State;
        std::printf(
            "%zu techniques, %zu rules (%s): %zd fire, %zd can, %zd wait for events of their log "
            "source, %zd test fields that never come, %zd are never tried, %zd do not load\n",
            techniques.size(), all->size(), rules->where.c_str(), count(State::fires),
            count(State::can_fire), count(State::waits), count(State::cannot_fire),
            count(State::never_tried), count(State::refused));
    }
    return report_all(*rules);
}

/// A set that is named by a path, by the hash of a kept set, or as "in-force".
Result<ChosenRules> set_of(const std::string& named, const RulesOptions& options) {
    engine::RuleChoice choice = options.choice;
    std::error_code error;
    if (named == "in-force") return engine::choose_rules(choice);
    if (!std::filesystem::exists(named, error) && named.size() == 32) {
        return engine::kept_rules(choice, named);
    }
    choice.rule_paths = {named};
    return engine::choose_rules(choice);
}

/// What a changed rule would have raised before and after.   Returns: exit code
int show_replayed(const RulesOptions& options, const engine::ChangedRule& changed,
                  const ChosenRules& before, const ChosenRules& after) {
    const auto range = history_range(options.last, options.from, options.to);
    if (!range) return report(range.error());
    std::string json = "{\"change\":\"replayed\",\"id\":";
    base::append_json_string(json, changed.id);
    std::string text;
    for (const auto& [name, set, is_there] :
         {std::tuple{"before", &before, !changed.before.empty()},
          std::tuple{"after", &after, !changed.after.empty()}}) {
        std::uint64_t hits = 0;
        if (is_there) {
            RulesOptions of_set = options;
            of_set.rule = changed.id;
            const auto rule = replayed_rule(of_set, *set);
            if (!rule) return report(rule.error());
            const auto whole = replay_days(options, after.config.data_folder, *rule, *range);
            if (!whole) return report(whole.error());
            hits = whole->result.hits;
        }
        json += std::string(",\"hits_") + name + "\":" + std::to_string(hits);
        text += (text.empty() ? "" : ", ") + std::to_string(hits) + " hits " + name;
    }
    if (is_json(options)) {
        print_json_line(json + "}");
    } else {
        std::printf("         %s\n", text.c_str());
    }
    return kExitGood;
}

int diff(const RulesOptions& options) {
    const auto before = set_of(options.before, options);
    if (!before) return report(before.error());
    const auto after = set_of(options.after, options);
    if (!after) return report(after.error());
    const auto change = engine::change_between(before->loaded, after->loaded);
    for (const engine::ChangedRule& rule : change.rules) {
        show(options, rule);
        if (options.last.empty() || rule.is_correlation || !engine::changes_hits(rule)) continue;
        if (const int code = show_replayed(options, rule, *before, *after); code != kExitGood) {
            return code;
        }
    }
    if (!is_json(options)) {
        std::printf(
            "%zu rules became %zu: %zu differ in meaning, %zu are written otherwise, %zu "
            "are the same\n",
            change.before, change.after, change.rules.size(), change.reworded, change.same);
    }
    return change.rules.empty() ? kExitGood : kExitNo;
}

/// Adds a sub-command with the options that all take.
CLI::App* add(CLI::App& command, const std::shared_ptr<RulesOptions>& options,
              std::function<int()>& chosen, const std::string& name, const std::string& help,
              int (*work)(const RulesOptions&)) {
    CLI::App* to = command.add_subcommand(name, help);
    add_data_option(*to, options->choice.data_folder);
    to->add_option("-c,--config", options->choice.config_path,
                   "configuration (YAML) that names rules and log sources");
    to->add_option("--logsources", options->choice.logsource_paths,
                   "more log sources (may be repeated)")
        ->allow_extra_args(false);
    to->add_option("--format", options->format, "table or json (one object a line)")
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "json"}));
    to->callback([&chosen, options, work] { chosen = [options, work] { return work(*options); }; });
    return to;
}

void add_rules_option(CLI::App& to, RulesOptions& options) {
    to.add_option("--rules", options.choice.rule_paths,
                  "folder or file of rules (may be repeated); default: those in force on the "
                  "folder of data, else ours")
        ->allow_extra_args(false);
}

}  // namespace

void add_rules_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<RulesOptions>();
    options->choice.data_folder = default_data_folder();
    CLI::App* command = app.add_subcommand(
        "rules", "rules: check, list, test, explain, replay, compare, and what they cover");
    command->require_subcommand(1);
    const auto add_one = [&](const std::string& name, const std::string& help,
                             int (*work)(const RulesOptions&)) {
        return add(*command, options, chosen, name, help, work);
    };

    CLI::App* to =
        add_one("check", "what is wrong with rule files, and what is hardly meant", check);
    to->add_option("paths", options->paths, "files and folders of rules")->required();
    to->add_flag("--strict", options->is_strict, "warnings count as wrong");
    to->footer("Exit codes: 0 all rules load, 1 something is wrong, 2 an error.");

    to = add_one("test", "runs the events beside rule files: NAME.hit.*, NAME.miss.*", test);
    to->add_option("paths", options->paths, "files and folders of rules")->required();
    to->add_flag("--strict", options->is_strict, "rules without events count as wrong");
    to->footer("Exit codes: 0 all do what they should, 1 some do not, 2 an error.");

    to = add_one("list", "all rules: level, state, log source, where from", list);
    add_rules_option(*to, *options);
    to->add_option("words", options->words, "in title, id or path");
    to->add_option("--min-level", options->level_min, "informational to critical")
        ->capture_default_str();
    to->add_option("--logsource", options->logsource, "part of it: windows, category=webserver");
    to->add_option("--technique", options->technique, "of ATT&CK: T1059 and what is below it");
    to->add_option("--state", options->state, "only these")
        ->check(
            CLI::IsMember({"refused", "never_tried", "cannot_fire", "waits", "can_fire", "fires"}));
    to->footer("Exit codes: 0 good, 1 none fits, 2 an error.");

    to = add_one("coverage", "what the rules cover by technique of ATT&CK, and which can fire here",
                 coverage);
    add_rules_option(*to, *options);
    to->add_flag("--by-rule", options->is_by_rule, "a line for each rule instead");

    to = add_one("explain", "which part of a rule is true on an event, on which values, how near",
                 explain);
    add_rules_option(*to, *options);
    to->add_option("rule", options->rule, "id, title, the beginning of an id, or a file")
        ->required();
    to->add_option("event", options->event,
                   "the event as text, a file, - for standard input, or the id of a stored one")
        ->required();
    to->add_option("--event-format", options->event_format,
                   "format of the event; default: recognised by content");
    to->add_option("--formats", options->format_folders,
                   "folder of user-made formats (may be repeated)")
        ->allow_extra_args(false);
    to->footer("Exit codes: 0 the rule is true (on one of them), 1 it is not, 2 an error.");

    to = add_one("diff", "what differs in meaning between two sets of rules", diff);
    const std::string sets = "a file, a folder, `in-force`, or the name of a set that was";
    to->add_option("before", options->before, sets)->required();
    to->add_option("after", options->after, sets)->required();
    to->add_option("--last", options->last,
                   "also replays what differs over this time: hits before and after");
    to->footer("Exit codes: 0 the same, 1 they differ, 2 an error.");

    to = add_one("replay", "what a rule would have raised over the history of the running server",
                 replay);
    add_rules_option(*to, *options);
    to->add_option("rule", options->rule, "id, title, the beginning of an id, or a file")
        ->required();
    CLI::Option* last = to->add_option("--last", options->last, "12h, 7d, 90d; 30d if not said");
    to->add_option("--from", options->from, "events at or after this time")->excludes(last);
    to->add_option("--to", options->to, "events up to this time")->excludes(last);
    to->add_option("--max-seconds", options->seconds_max, "stops behind the day being read then")
        ->check(CLI::NonNegativeNumber);
    to->footer("Exit codes: 0 it would have hit, 1 it would not, 2 an error.");

    to = add_one("replays", "rules that were new and replayed over the history by themselves",
                 replays);
    to->footer("Exit codes: 0 there are some, 1 there are none, 2 an error.");
}

}  // namespace vedette::apps
