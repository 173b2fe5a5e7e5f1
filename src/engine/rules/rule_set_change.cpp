// SPDX-License-Identifier: Apache-2.0
#include "engine/rules/rule_set_change.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/json_text.h"

namespace vedette::engine {

namespace {

using rule::sigma::Rule;

std::string where(const Rule* rule) {
    return rule == nullptr ? std::string() : rule->path + ":" + std::to_string(rule->line);
}

}  // namespace

std::string_view name(ChangedRule::Kind kind) {
    switch (kind) {
        case ChangedRule::Kind::added: return "added";
        case ChangedRule::Kind::removed: return "removed";
        case ChangedRule::Kind::changed: return "changed";
    }
    return "unknown";
}

bool changes_hits(const ChangedRule& rule) {
    return rule.kind != ChangedRule::Kind::changed ||
           std::any_of(rule.changes.begin(), rule.changes.end(),
                       [](const auto& change) { return change.changes_hits; });
}

namespace {

using rule::sigma::Correlation;

std::string joined_names(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
    return out;
}

std::string level_of(const Correlation& correlation) {
    return correlation.level ? std::string(rule::sigma::name(*correlation.level)) : std::string();
}

std::vector<rule::sigma::RuleChange> changes_of(const Correlation& before,
                                                const Correlation& after) {
    const auto rules_of = [](const Correlation& of) {
        std::vector<std::string> names;
        for (const Correlation::Reference& one : of.rules) names.push_back(one.text);
        return joined_names(names);
    };
    std::vector<rule::sigma::RuleChange> out;
    const auto add = [&](const char* what, const std::string& old_text, const std::string& new_text,
                         bool changes_hits) {
        if (old_text != new_text) out.push_back({what, old_text, new_text, changes_hits});
    };
    add("title", before.title, after.title, false);
    add("level", level_of(before), level_of(after), false);
    add("tags", joined_names(before.tags), joined_names(after.tags), false);
    add("type", std::string(rule::sigma::name(before.type)),
        std::string(rule::sigma::name(after.type)), true);
    add("rules", rules_of(before), rules_of(after), true);
    add("group-by", joined_names(before.group_by), joined_names(after.group_by), true);
    add("fields", joined_names(before.fields), joined_names(after.fields), true);
    add("timespan", rule::sigma::duration_words(before.timespan_ns),
        rule::sigma::duration_words(after.timespan_ns), true);
    add("condition", before.condition_words(), after.condition_words(), true);
    return out;
}

std::string where(const Correlation* one) {
    return one == nullptr ? std::string() : one->path + ":" + std::to_string(one->line);
}

void add_correlations(const rule::sigma::LoadedRules& before, const rule::sigma::LoadedRules& after,
                      RuleSetChange& out) {
    std::map<std::string, std::pair<const Correlation*, const Correlation*>> by_id;
    for (const Correlation& one : before.correlations) by_id[one.id].first = &one;
    for (const Correlation& one : after.correlations) by_id[one.id].second = &one;
    out.before += before.correlations.size();
    out.after += after.correlations.size();
    for (const auto& [id, both] : by_id) {
        const auto [old_one, new_one] = both;
        ChangedRule changed;
        changed.is_correlation = true;
        if (old_one == nullptr) {
            changed.kind = ChangedRule::Kind::added;
        } else if (new_one == nullptr) {
            changed.kind = ChangedRule::Kind::removed;
        } else if (changed.changes = changes_of(*old_one, *new_one); changed.changes.empty()) {
            ++(old_one->content_hash == new_one->content_hash ? out.same : out.reworded);
            continue;
        }
        const Correlation& shown = new_one != nullptr ? *new_one : *old_one;
        changed.id = id;
        changed.title = shown.title;
        changed.level = level_of(shown);
        changed.before = where(old_one);
        changed.after = where(new_one);
        out.rules.push_back(std::move(changed));
    }
}

}  // namespace

RuleSetChange change_between(const rule::sigma::LoadedRules& before,
                             const rule::sigma::LoadedRules& after) {
    std::map<std::string, std::pair<const Rule*, const Rule*>> by_id;
    for (const Rule& rule : before.rules) by_id[rule.id].first = &rule;
    for (const Rule& rule : after.rules) by_id[rule.id].second = &rule;
    RuleSetChange out;
    out.before = before.rules.size();
    out.after = after.rules.size();
    for (const auto& [id, both] : by_id) {
        const auto [old_rule, new_rule] = both;
        ChangedRule changed;
        if (old_rule == nullptr) {
            changed.kind = ChangedRule::Kind::added;
        } else if (new_rule == nullptr) {
            changed.kind = ChangedRule::Kind::removed;
        } else {
            changed.changes = changes_between(*old_rule, *new_rule);
            if (changed.changes.empty()) {
                const bool is_same = old_rule->content_hash == new_rule->content_hash;
                ++(is_same ? out.same : out.reworded);
                continue;
            }
        }
        const Rule& shown = new_rule != nullptr ? *new_rule : *old_rule;
        changed.id = id;
        changed.title = shown.title;
        changed.level = rule::sigma::name(shown.level);
        changed.before = where(old_rule);
        changed.after = where(new_rule);
        out.rules.push_back(std::move(changed));
    }
    add_correlations(before, after, out);
    std::sort(out.rules.begin(), out.rules.end(), [](const auto& a, const auto& b) {
        return std::tie(a.title, a.id) < std::tie(b.title, b.id);
    });
    return out;
}

std::string to_json(const ChangedRule& rule) {
    std::string out = "{\"change\":\"" + std::string(name(rule.kind)) + "\"";
    for (const auto& [key, text] : {std::pair<const char*, const std::string&>{"id", rule.id},
                                    {"title", rule.title},
                                    {"level", rule.level},
                                    {"before", rule.before},
                                    {"after", rule.after}}) {
        out += ",\"" + std::string(key) + "\":";
        base::append_json_string(out, text);
    }
    out += ",\"changes\":[";
    for (const rule::sigma::RuleChange& change : rule.changes) {
        if (out.back() != '[') out += ',';
        out += "{\"what\":";
        base::append_json_string(out, change.what);
        out += ",\"before\":";
        base::append_json_string(out, change.before);
        out += ",\"after\":";
        base::append_json_string(out, change.after);
        out += std::string(",\"changes_hits\":") + (change.changes_hits ? "true}" : "false}");
    }
    return out + "]}";
}

}  // namespace vedette::engine
