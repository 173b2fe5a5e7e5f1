// SPDX-License-Identifier: Apache-2.0
#include "engine/rules/rule_reach.h"

#include "rule/sigma/reach.h"

namespace vedette::engine {

namespace {

namespace sigma = rule::sigma;
using Dataset = Coverage::Dataset;

/// Whether a field, or one below it, has come.
bool has_field(const Dataset& dataset, std::string_view field) {
    if (dataset.fields.find(field) != dataset.fields.end()) return true;
    const std::string below = std::string(field) + ".";
    const auto next = dataset.fields.lower_bound(below);
    return next != dataset.fields.end() && next->starts_with(below);
}

}  // namespace

std::string RuleReach::text() const {
    switch (state) {
        case State::unplaced: return "no log-source file says which events it is for";
        case State::no_events: return "nothing of its log source has ever come";
        case State::can: return "it can fire on the fields that come";
        case State::cannot: break;
    }
    std::string names;
    for (const std::string& field : fields) names += (names.empty() ? "" : ", ") + field;
    return names + " never came in " + std::to_string(events) + " events of " + dataset;
}

/// The best that any data set and any way of the log source offers.
RuleReach reach_of(const sigma::Rule& rule, const sigma::LogSourceMap& sources,
                   const Coverage& coverage) {
    const auto ways = sources.find(rule.logsource);
    if (!ways) return {RuleReach::State::unplaced};
    RuleReach reach{RuleReach::State::no_events};
    for (const auto& [name, dataset] : coverage.datasets()) {
        const sigma::HasField has = [&dataset = dataset](std::string_view field) {
            return has_field(dataset, field);
        };
        for (const sigma::LogSourceWay& way : *ways) {
            if (!sigma::could_be(way, name, has)) continue;
            std::vector<std::string> missing = sigma::missing_fields(rule, way, has);
            const bool is_judged = dataset.is_complete && dataset.events >= kJudgedEventsMin;
            if (missing.empty() || !is_judged) return {};
            const bool is_better =
                reach.state == RuleReach::State::no_events ||
                missing.size() < reach.fields.size() ||
                (missing.size() == reach.fields.size() && dataset.events > reach.events);
            if (is_better) {
                reach = {RuleReach::State::cannot, std::move(missing), name, dataset.events};
            }
        }
    }
    return reach;
}

}  // namespace vedette::engine
