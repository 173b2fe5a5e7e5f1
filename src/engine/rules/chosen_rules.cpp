// SPDX-License-Identifier: Apache-2.0
#include "engine/rules/chosen_rules.h"

#include <filesystem>

#include "engine/judgement.h"
#include "event/lookup_bundle.h"
#include "rule/sigma/fold.h"
#include "rule/sigma/modifiers.h"
#include "rule/sigma/rule_set.h"

namespace vedette::engine {

namespace {

using base::ErrorCode;
using base::Result;
using rule::sigma::Rule;

constexpr std::size_t kNamedMax = 5;
/// Shorter beginnings of ids are words of titles.
constexpr std::size_t kIdBytesMin = 4;

std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
    return out;
}

Result<Config> config_of(const RuleChoice& choice) {
    if (choice.config_path.empty()) return default_config(choice.data_folder);
    return load_config(choice.config_path, choice.data_folder);
}

/// The look-up lists that stand for placeholders; those that cannot be read are not needed to
/// understand the others.
event::LookupSet lists_of(const Config& config) {
    const bool is_set = !config.lists_folder.empty();
    const std::string folder = is_set ? config.lists_folder : config.data_folder + "/lists";
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) return {};
    std::vector<std::shared_ptr<const event::LookupList>> lists;
    if (const auto read = event::read_list_folder(folder)) {
        for (const event::ReadList& one : read->lists) lists.push_back(one.list);
    }
    auto set = event::LookupSet::of(std::move(lists));
    return set ? std::move(*set) : event::LookupSet();
}

ChosenRules understood(RuleSet set, std::string where, Config config) {
    ChosenRules out;
    out.where = std::move(where);
    out.config = std::move(config);
    for (const auto& [path, text] : set.inputs.logsource_files) {
        if (auto added = out.sources.add(path, text); !added) {
            out.problems.push_back(std::move(added.error()));
        }
    }
    out.loaded = rule::sigma::load_rule_set(
        set.inputs.rule_files, {set.inputs.placeholders, set.inputs.refused_placeholders});
    out.set = std::move(set);
    return out;
}

Result<std::optional<RuleSet>> in_force(const std::string& data_folder) {
    VD_TRY(auto state, kept_state(data_folder));
    if (!state) return std::optional<RuleSet>();
    VD_TRY(const auto snapshot, state->snapshot(kRuleSetSnapshot));
    if (!snapshot) return std::optional<RuleSet>();
    base::SystemFiles files;
    VD_TRY(RuleSet set, load_ruleset(files, data_folder + "/rulesets", snapshot->bytes));
    return std::optional<RuleSet>(std::move(set));
}

std::vector<const Rule*> fitting(const std::vector<Rule>& rules, const std::string& wanted) {
    std::vector<const Rule*> exact, beginning;
    const std::string folded = rule::sigma::fold(wanted);
    for (const Rule& rule : rules) {
        const std::string id = rule::sigma::fold(rule.id);
        const bool is_exact =
            id == folded || rule.name == wanted || rule::sigma::fold(rule.title) == folded;
        if (is_exact) exact.push_back(&rule);
        if (wanted.size() >= kIdBytesMin && id.starts_with(folded)) beginning.push_back(&rule);
    }
    return exact.empty() ? beginning : exact;
}

}  // namespace

Result<std::optional<store::StateReader>> kept_state(const std::string& data_folder) {
    const std::string path = data_folder + "/state.sqlite";
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return std::optional<store::StateReader>();
    VD_TRY(auto reader, store::StateReader::open(path));
    return std::optional<store::StateReader>(std::move(reader));
}

Result<std::optional<Coverage>> kept_coverage(const std::string& data_folder) {
    VD_TRY(auto state, kept_state(data_folder));
    if (!state) return std::optional<Coverage>();
    VD_TRY(const auto snapshot, state->snapshot(kCoverageSnapshot));
    if (!snapshot) return std::optional<Coverage>();
    Coverage coverage;
    VD_TRY_DO(coverage.restore(snapshot->bytes));
    return std::optional<Coverage>(std::move(coverage));
}

Result<ChosenRules> choose_rules(const RuleChoice& choice) {
    VD_TRY(Config config, config_of(choice));
    if (choice.rule_paths.empty() && choice.config_path.empty()) {
        VD_TRY(auto set, in_force(config.data_folder));
        if (set) {
            const std::string where = "in force on " + config.data_folder;
            return understood(std::move(*set), where, std::move(config));
        }
    }
    const std::vector<std::string>& paths =
        choice.rule_paths.empty() ? config.rule_paths : choice.rule_paths;
    std::vector<std::string> sources = config.logsource_paths;
    sources.insert(sources.end(), choice.logsource_paths.begin(), choice.logsource_paths.end());
    VD_TRY(RuleSet set, read_ruleset(paths, sources, config.placeholders, lists_of(config)));
    return understood(std::move(set), joined(paths), std::move(config));
}

Result<ChosenRules> kept_rules(const RuleChoice& choice, const std::string& hash_hex) {
    VD_TRY(Config config, config_of(choice));
    base::SystemFiles files;
    VD_TRY(RuleSet set, load_ruleset(files, config.data_folder + "/rulesets", hash_hex));
    return understood(std::move(set), "the set " + hash_hex, std::move(config));
}

Result<Rule> find_rule(const ChosenRules& rules, const std::string& wanted) {
    const std::vector<const Rule*> found = fitting(rules.loaded.rules, wanted);
    if (found.size() == 1) return *found.front();
    if (found.size() > 1) {
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < std::min(found.size(), kNamedMax); ++i) {
            ids.push_back(found[i]->id + " (" + found[i]->title + ")");
        }
        return base::fail(ErrorCode::bad_input,
                          std::to_string(found.size()) + " rules are called '" + wanted + "'",
                          rules.where,
                          "they are " + joined(ids) + (found.size() > kNamedMax ? ", ..." : ""));
    }
    for (const rule::sigma::Correlation& one : rules.loaded.correlations) {
        if (one.id != wanted && one.title != wanted && one.name != wanted) continue;
        return base::fail(
            ErrorCode::unsupported, "'" + wanted + "' is a correlation, which looks at many events",
            one.path + ":" + std::to_string(one.line), "name one of the rules that it refers to");
    }
    for (const rule::sigma::Refusal& refusal : rules.loaded.refusals) {
        if (refusal.id != wanted && refusal.title != wanted) continue;
        return tl::unexpected<base::Error>(refusal.error);
    }
    std::vector<std::string> names;
    for (const Rule& rule : rules.loaded.rules) names.insert(names.end(), {rule.id, rule.title});
    const std::string meant = rule::sigma::nearest(wanted, names);
    return base::fail(ErrorCode::not_found, "there is no rule '" + wanted + "'", rules.where,
                      meant.empty() ? "`vedette rules list` shows those there are"
                                    : "did you mean '" + meant + "'?");
}

}  // namespace vedette::engine
