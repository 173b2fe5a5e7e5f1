// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "base/json_text.h"
#include "detect/file/file.h"
#include "detect/file/finding_of_match.h"
#include "engine/config.h"
#include "engine/rules/yara_tests.h"
#include "engine/ruleset.h"
#include "engine/scanned_files.h"
#include "source/file_reader.h"

namespace vedette::apps {

namespace {

using rule::yara::ConfinedRules;
using rule::yara::Problem;
using rule::yara::RuleInfo;

struct YaraOptions {
    std::vector<std::string> paths, rule_paths;
    std::string format = "table";
    bool is_strict = false;
};

bool is_json(const YaraOptions& options) { return options.format == "json"; }

/// One JSON object, a key after the other.
class JsonLine {
  public:
    JsonLine& text(std::string_view key, std::string_view value) {
        begin(key);
        base::append_json_string(out_, value);
        return *this;
    }
    JsonLine& texts(std::string_view key, const std::vector<std::string>& values) {
        begin(key);
        out_ += '[';
        for (const std::string& value : values) {
            if (out_.back() != '[') out_ += ',';
            base::append_json_string(out_, value);
        }
        out_ += ']';
        return *this;
    }
    JsonLine& number(std::string_view key, std::uint64_t value) {
        begin(key);
        out_ += std::to_string(value);
        return *this;
    }
    void print() const { std::printf("%s}\n", out_.c_str()); }

  private:
    void begin(std::string_view key) {
        out_ += out_.empty() ? "{" : ",";
        base::append_json_string(out_, key);
        out_ += ':';
    }
    std::string out_;
};

base::Result<std::shared_ptr<const ConfinedRules>> rules_at(const std::vector<std::string>& paths) {
    VD_TRY(const auto files, engine::read_yara_files(paths));
    return ConfinedRules::make(files);
}

void show_problem(const YaraOptions& options, const Problem& problem) {
    const char* const weight = problem.is_warning ? "warning" : "wrong";
    if (is_json(options)) {
        JsonLine()
            .text("where", problem.where)
            .text("weight", weight)
            .text("rule", problem.rule)
            .text("text", problem.text)
            .text("hint", problem.hint)
            .print();
        return;
    }
    std::printf("%s: %s: %s%s%s%s%s%s\n", problem.where.c_str(), weight, problem.rule.c_str(),
                problem.rule.empty() ? "" : ": ", problem.text.c_str(),
                problem.hint.empty() ? "" : " (", problem.hint.c_str(),
                problem.hint.empty() ? "" : ")");
}

int check(const YaraOptions& options) {
    const auto rules = rules_at(options.paths);
    if (!rules) return report(rules.error());
    std::size_t wrong = (*rules)->problems_left_out(), warnings = 0;
    for (const Problem& problem : (*rules)->problems()) {
        show_problem(options, problem);
        ++(problem.is_warning ? warnings : wrong);
    }
    if (!is_json(options)) {
        std::printf("%zu rules in force, %zu problems, %zu warnings\n", (*rules)->rules().size(),
                    wrong, warnings);
    }
    return wrong > 0 || (options.is_strict && warnings > 0) ? kExitNo : kExitGood;
}

std::string description_of(const RuleInfo& rule) {
    for (const auto& [key, value] : rule.meta) {
        if (key == "description") return value;
    }
    return {};
}

int list(const YaraOptions& options) {
    const auto rules = rules_at(options.rule_paths);
    if (!rules) return report(rules.error());
    for (const RuleInfo& rule : (*rules)->rules()) {
        const std::string level(cases::name(detect::file::severity_of(rule)));
        if (is_json(options)) {
            JsonLine()
                .text("rule", detect::file::rule_id_of(rule))
                .text("level", level)
                .text("description", description_of(rule))
                .texts("tags", rule.tags)
                .texts("attack", detect::file::attack_of(rule))
                .text("where", rule.file + ":" + std::to_string(rule.line))
                .number("strings", rule.strings)
                .print();
        } else {
            std::printf("%-13s %-50s %s\n", level.c_str(), detect::file::rule_id_of(rule).c_str(),
                        description_of(rule).c_str());
        }
    }
    for (const Problem& problem : (*rules)->problems()) {
        if (!problem.is_warning)
            std::fprintf(stderr, "vedette: %s: %s\n", problem.where.c_str(), problem.text.c_str());
    }
    if (!is_json(options)) std::printf("%zu rules\n", (*rules)->rules().size());
    return (*rules)->rules().empty() ? kExitNo : kExitGood;
}

int test(const YaraOptions& options) {
    const auto tests = engine::run_yara_tests(options.paths);
    if (!tests) return report(tests.error());
    for (const engine::YaraTestFailure& failure : tests->failures) {
        if (is_json(options)) {
            JsonLine()
                .text("where", failure.where)
                .text("rule", failure.rule)
                .text("file", failure.file)
                .text("wanted", failure.wanted)
                .text("text", failure.text)
                .print();
        } else {
            std::printf("%s: %s on %s: wanted a %s: %s\n", failure.where.c_str(),
                        failure.rule.c_str(), failure.file.c_str(), failure.wanted.c_str(),
                        failure.text.c_str());
        }
    }
    for (const auto& [where, rule] : tests->untested) {
        std::fprintf(stderr, "vedette: %s: %s is not tested\n", where.c_str(), rule.c_str());
    }
    if (!is_json(options)) {
        std::printf("%zu rules on %zu files, %zu wrong, %zu not tested\n", tests->rules,
                    tests->files, tests->failures.size(), tests->untested.size());
    }
    const bool is_no = !tests->failures.empty() || (options.is_strict && !tests->untested.empty());
    return is_no ? kExitNo : kExitGood;
}

int scan(const YaraOptions& options) {
    const auto rules = rules_at(options.rule_paths);
    if (!rules) return report(rules.error());
    for (const Problem& problem : (*rules)->problems()) {
        if (problem.is_warning) continue;
        std::fprintf(stderr, "vedette: %s: %s\n", problem.where.c_str(), problem.text.c_str());
    }
    std::uint64_t matches = 0;
    engine::ScannedFiles files(
        std::make_shared<detect::file::YaraJudge>(*rules), [&](const cases::Finding& finding) {
            ++matches;
            if (is_json(options)) {
                std::printf("%s\n", cases::to_json(finding).c_str());
            } else {
                std::printf("%-13s %s %s\n", std::string(cases::name(finding.severity)).c_str(),
                            finding.rule_id.c_str(), finding.origin.c_str());
            }
        });
    for (const std::string& wanted : options.paths) {
        const auto paths = source::files_below(wanted);
        if (!paths) return report(paths.error());
        for (const std::string& path : *paths) files.judge_file(path);
    }
    const auto unjudged = files.take_unjudged();
    for (const engine::UnreadFile& file : unjudged) {
        std::fprintf(stderr, "vedette: %s: not held against the rules: %s\n", file.path.c_str(),
                     file.reason.c_str());
    }
    if (!is_json(options)) {
        std::printf("%llu matches in %llu files, %zu not read\n",
                    static_cast<unsigned long long>(matches),
                    static_cast<unsigned long long>(files.judged()), unjudged.size());
    }
    return matches > 0 ? kExitGood : kExitNo;
}

}  // namespace

void add_yara_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<YaraOptions>();
    CLI::App* command =
        app.add_subcommand("yara", "YARA rules: check, list, test, and hold files against them");
    command->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& help,
                         int (*work)(const YaraOptions&)) {
        CLI::App* to = command->add_subcommand(name, help);
        to->add_option("--format", options->format, "table or json (one object a line)")
            ->capture_default_str()
            ->check(CLI::IsMember({"table", "json"}));
        to->callback([&chosen, options, work] {
            chosen = [options, work] {
                if (options->rule_paths.empty()) {
                    options->rule_paths = {engine::content_folder() + "/yara"};
                }
                return work(*options);
            };
        });
        return to;
    };
    const auto add_rules = [&](CLI::App* to) {
        to->add_option("--rules", options->rule_paths,
                       "folder or file of YARA rules (may be repeated); default: ours")
            ->allow_extra_args(false);
    };

    CLI::App* to = add("check", "what is wrong with rule files, and what is slow", check);
    to->add_option("paths", options->paths, "files and folders of rules")->required();
    to->add_flag("--strict", options->is_strict, "warnings count as wrong");
    to->footer("Exit codes: 0 all rules load, 1 something is wrong, 2 an error.");

    to = add("list", "all rules: level, name, what they find", list);
    add_rules(to);
    to->footer("Exit codes: 0 there are rules, 1 there are none, 2 an error.");

    to = add("test", "holds rules against the files of NAME.tests.yml beside them", test);
    to->add_option("paths", options->paths, "files and folders of rules")->required();
    to->add_flag("--strict", options->is_strict, "rules without files count as wrong");
    to->footer("Exit codes: 0 all do what they should, 1 some do not, 2 an error.");

    to = add("scan", "holds files against rules, and nothing else", scan);
    to->add_option("paths", options->paths, "files and folders")->required();
    add_rules(to);
    to->footer("Exit codes: 0 something matches, 1 nothing does, 2 an error.");
}

}  // namespace vedette::apps
