// SPDX-License-Identifier: Apache-2.0
#include "engine/rules/rule_standing.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

#include "base/json_text.h"

namespace vedette::engine {

namespace {

using rule::sigma::Rule;
using State = RuleStanding::State;

State state_of(const RuleReach& reach) {
    switch (reach.state) {
        case RuleReach::State::unplaced: return State::never_tried;
        case RuleReach::State::no_events: return State::waits;
        case RuleReach::State::cannot: return State::cannot_fire;
        case RuleReach::State::can: break;
    }
    return State::can_fire;
}

RuleStanding standing_of(const Rule& rule, const ChosenRules& rules,
                         const std::optional<Coverage>& coverage) {
    RuleStanding out;
    out.id = rule.id;
    out.title = rule.title;
    out.level = rule::sigma::name(rule.level);
    out.logsource = rule.logsource.text();
    out.where = rule.path + ":" + std::to_string(rule.line);
    out.attack = rule::sigma::attack_ids(rule.tags);
    if (coverage) {
        const RuleReach reach = reach_of(rule, rules.sources, *coverage);
        out.state = state_of(reach);
        if (out.state != State::can_fire) out.why = reach.text();
    } else if (!rules.sources.find(rule.logsource)) {
        out.state = State::never_tried;
        out.why = RuleReach{RuleReach::State::unplaced}.text();
    }
    return out;
}

/// A correlation is tried as far as the rules are that it refers to; each of them tells for itself.
RuleStanding standing_of(const rule::sigma::Correlation& correlation) {
    RuleStanding out;
    out.id = correlation.id;
    out.title = correlation.title;
    out.level = rule::sigma::name(correlation.level.value_or(rule::sigma::Level::medium));
    out.logsource = "correlation of " + std::to_string(correlation.rules.size()) +
                    (correlation.rules.size() == 1 ? " rule" : " rules");
    out.where = correlation.path + ":" + std::to_string(correlation.line);
    out.attack = rule::sigma::attack_ids(correlation.tags);
    return out;
}

RuleStanding standing_of(const rule::sigma::Refusal& refusal) {
    RuleStanding out;
    out.state = State::refused;
    out.id = refusal.id;
    out.title = refusal.title;
    out.where = refusal.error.where;
    out.why =
        refusal.error.text + (refusal.error.hint.empty() ? "" : " (" + refusal.error.hint + ")");
    return out;
}

bool is_technique(const std::string& id) {
    return id.size() >= 5 && id[0] == 'T' && id[1] >= '0' && id[1] <= '9';
}

void append_last_seen(std::string& out, std::uint64_t findings, base::Timestamp last_seen) {
    out += ",\"findings\":" + std::to_string(findings) + ",\"last_seen\":";
    if (findings == 0) {
        out += "null";
    } else {
        base::append_json_string(out, base::format_rfc3339(last_seen));
    }
}

}  // namespace

std::string_view name(State state) {
    switch (state) {
        case State::refused: return "refused";
        case State::never_tried: return "never_tried";
        case State::cannot_fire: return "cannot_fire";
        case State::waits: return "waits";
        case State::can_fire: return "can_fire";
        case State::fires: return "fires";
    }
    return "unknown";
}

std::vector<RuleStanding> standings(const ChosenRules& rules,
                                    const std::optional<Coverage>& coverage,
                                    const std::vector<store::RuleCount>& findings) {
    std::vector<RuleStanding> out;
    std::map<std::string_view, const store::RuleCount*> by_id;
    for (const store::RuleCount& count : findings) by_id[count.rule_id] = &count;
    const auto add = [&](RuleStanding standing) {
        if (const auto found = by_id.find(standing.id); found != by_id.end()) {
            standing.findings = found->second->findings;
            standing.last_seen = found->second->last_seen;
            standing.state = State::fires;
            standing.why.clear();
        }
        out.push_back(std::move(standing));
    };
    for (const Rule& rule : rules.loaded.rules) add(standing_of(rule, rules, coverage));
    for (const auto& correlation : rules.loaded.correlations) add(standing_of(correlation));
    for (const rule::sigma::Refusal& refusal : rules.loaded.refusals) {
        out.push_back(standing_of(refusal));
    }
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
        return std::tie(a.title, a.id, a.where) < std::tie(b.title, b.id, b.where);
    });
    return out;
}

std::vector<TechniqueStanding> techniques(const std::vector<RuleStanding>& rules) {
    std::map<std::string, TechniqueStanding> by_id;
    for (const RuleStanding& rule : rules) {
        if (rule.state == State::refused) continue;
        for (const std::string& id : rule.attack) {
            if (!is_technique(id)) continue;
            TechniqueStanding& technique = by_id[id];
            technique.id = id;
            ++technique.rules;
            technique.can_fire += rule.state >= State::can_fire ? 1 : 0;
            technique.firing += rule.state == State::fires ? 1 : 0;
            if (rule.findings == 0) continue;
            technique.last_seen = technique.findings == 0
                                      ? rule.last_seen
                                      : std::max(technique.last_seen, rule.last_seen);
            technique.findings += rule.findings;
        }
    }
    std::vector<TechniqueStanding> out;
    for (auto& [id, technique] : by_id) out.push_back(std::move(technique));
    return out;
}

std::string to_json(const RuleStanding& rule) {
    std::string out = "{";
    for (const auto& [key, text] : {std::pair<const char*, std::string>{"id", rule.id},
                                    {"title", rule.title},
                                    {"level", rule.level},
                                    {"logsource", rule.logsource},
                                    {"state", std::string(name(rule.state))},
                                    {"why", rule.why},
                                    {"where", rule.where}}) {
        out += (out.size() > 1 ? ",\"" : "\"") + std::string(key) + "\":";
        base::append_json_string(out, text);
    }
    base::append_json_strings(out, "attack", rule.attack);
    append_last_seen(out, rule.findings, rule.last_seen);
    return out + "}";
}

std::string to_json(const TechniqueStanding& technique) {
    std::string out = "{\"technique\":";
    base::append_json_string(out, technique.id);
    out += ",\"rules\":" + std::to_string(technique.rules) +
           ",\"can_fire\":" + std::to_string(technique.can_fire) +
           ",\"firing\":" + std::to_string(technique.firing);
    append_last_seen(out, technique.findings, technique.last_seen);
    return out + "}";
}

}  // namespace vedette::engine
