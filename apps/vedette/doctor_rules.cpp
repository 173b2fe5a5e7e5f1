// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/doctor_rules.h"

#include <map>
#include <string>

#include "engine/rules/rule_reach.h"
#include "rule/sigma/rule_set.h"

namespace vedette::apps {

namespace {

namespace sigma = rule::sigma;

/// Rules that are named one by one; the count tells of all.
constexpr std::size_t kRulesShownMax = 200;
constexpr std::size_t kLogSourcesShownMax = 10;

CheckUp told(const sigma::Rule& rule, const engine::RuleReach& reach) {
    std::string fields;
    for (const std::string& field : reach.fields) fields += (fields.empty() ? "" : ", ") + field;
    return {"rule " + rule.id, Health::warn,
            "\"" + rule.title + "\" can never fire here: " + reach.text(),
            "make the log source send " + fields + ", or leave the rule out"};
}

CheckUp told(const std::map<std::string, std::size_t>& without_events) {
    if (without_events.empty()) {
        return {"log_sources", Health::ok, "every log source that rules are for has events", {}};
    }
    std::size_t rules = 0, shown = 0;
    std::string names;
    for (const auto& [name, count] : without_events) {
        rules += count;
        if (shown++ >= kLogSourcesShownMax) continue;
        names += (names.empty() ? "" : "; ") + name + " (" + std::to_string(count) + ")";
    }
    if (shown > kLogSourcesShownMax) {
        names += "; and " + std::to_string(shown - kLogSourcesShownMax) + " more";
    }
    return {"log_sources",
            Health::ok,
            std::to_string(rules) + " rules wait for log sources of which nothing came: " + names,
            {}};
}

}  // namespace

std::vector<CheckUp> check_reach(const detect::DetectorInputs& rules,
                                 const engine::Coverage& coverage) {
    sigma::LogSourceMap sources;
    for (const auto& [path, text] : rules.logsource_files) {
        static_cast<void>(sources.add(path, text));  // what is wrong with it is for check_rules
    }
    const sigma::LoadedRules loaded =
        sigma::load_rule_set(rules.rule_files, {rules.placeholders, rules.refused_placeholders});
    std::map<std::string, std::size_t> without_events;
    std::vector<CheckUp> out;
    std::size_t can = 0, cannot = 0;
    for (const sigma::Rule& rule : loaded.rules) {
        const engine::RuleReach reach = engine::reach_of(rule, sources, coverage);
        switch (reach.state) {
            case engine::RuleReach::State::unplaced: break;
            case engine::RuleReach::State::no_events:
                ++without_events[rule.logsource.text()];
                break;
            case engine::RuleReach::State::can: ++can; break;
            case engine::RuleReach::State::cannot:
                if (++cannot <= kRulesShownMax) out.push_back(told(rule, reach));
        }
    }
    std::string text = std::to_string(can) + " rules can fire on the fields that come, " +
                       std::to_string(cannot) + " never can";
    if (cannot > kRulesShownMax)
        text += ", of which " + std::to_string(kRulesShownMax) + " are shown";
    out.insert(out.begin(), {"rule_fields", Health::ok, text, {}});
    out.push_back(told(without_events));
    return out;
}

}  // namespace vedette::apps
