// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/doctor_rules.h"

#include <map>
#include <optional>
#include <string>

#include "rule/sigma/reach.h"
#include "rule/sigma/rule_set.h"

namespace vedette::apps {

namespace {

namespace sigma = rule::sigma;
using Dataset = engine::Coverage::Dataset;

/// Rules that are named one by one; the count tells of all.
constexpr std::size_t kRulesShownMax = 200;
constexpr std::size_t kLogSourcesShownMax = 10;

/// Why a rule cannot fire on what has come.
struct Obstacle {
    std::vector<std::string> fields;
    std::string dataset;
    std::uint64_t events = 0;
};

/// Whether a field, or one below it, has come.
bool has_field(const Dataset& dataset, std::string_view field) {
    if (dataset.fields.find(field) != dataset.fields.end()) return true;
    const std::string below = std::string(field) + ".";
    const auto next = dataset.fields.lower_bound(below);
    return next != dataset.fields.end() && next->starts_with(below);
}

struct Verdict {
    bool has_events = false;           ///< some could be of the rule's log source
    std::optional<Obstacle> obstacle;  ///< none: it can fire
};

/// The best that any data set and any way of the log source offers.
Verdict judge(const sigma::Rule& rule, const std::vector<sigma::LogSourceWay>& ways,
              const engine::Coverage& coverage) {
    Verdict verdict;
    for (const auto& [name, dataset] : coverage.datasets()) {
        const sigma::HasField has = [&](std::string_view field) {
            return has_field(dataset, field);
        };
        for (const sigma::LogSourceWay& way : ways) {
            if (!sigma::could_be(way, name, has)) continue;
            std::vector<std::string> missing = sigma::missing_fields(rule, way, has);
            const bool is_judged = dataset.is_complete && dataset.events >= kJudgedEventsMin;
            if (missing.empty() || !is_judged) return {true, std::nullopt};
            const bool is_better = !verdict.obstacle ||
                                   missing.size() < verdict.obstacle->fields.size() ||
                                   (missing.size() == verdict.obstacle->fields.size() &&
                                    dataset.events > verdict.obstacle->events);
            verdict.has_events = true;
            if (is_better) verdict.obstacle = {std::move(missing), name, dataset.events};
        }
    }
    return verdict;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
    return out;
}

CheckUp told(const sigma::Rule& rule, const Obstacle& obstacle) {
    const std::string fields = joined(obstacle.fields);
    return {"rule " + rule.id, Health::warn,
            "\"" + rule.title + "\" can never fire here: " + fields + " never came in " +
                std::to_string(obstacle.events) + " events of " + obstacle.dataset,
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
        const auto ways = sources.find(rule.logsource);
        if (!ways) continue;
        const Verdict verdict = judge(rule, *ways, coverage);
        if (!verdict.has_events) {
            ++without_events[rule.logsource.text()];
        } else if (!verdict.obstacle) {
            ++can;
        } else if (++cannot <= kRulesShownMax) {
            out.push_back(told(rule, *verdict.obstacle));
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
