// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/rule_set.h"

#include <algorithm>
#include <tuple>

namespace vedette::rule::sigma {

namespace {

std::string where(const Rule& rule) { return rule.path + ":" + std::to_string(rule.line); }

bool comes_before(const Rule& a, const Rule& b) {
    return std::tie(a.id, a.path, a.line) < std::tie(b.id, b.path, b.line);
}

}  // namespace

LoadedRules load_rule_set(const TextFiles& files, const LoadOptions& options) {
    LoadedRules all;
    for (const auto& [path, text] : files) {
        LoadedRules some = load_rules(path, text, options);
        std::move(some.rules.begin(), some.rules.end(), std::back_inserter(all.rules));
        std::move(some.refusals.begin(), some.refusals.end(), std::back_inserter(all.refusals));
    }
    std::sort(all.rules.begin(), all.rules.end(), comes_before);
    std::vector<Rule> unique;
    for (Rule& rule : all.rules) {
        if (unique.empty() || unique.back().id != rule.id) {
            unique.push_back(std::move(rule));
            continue;
        }
        all.refusals.push_back({rule.id,
                                rule.title,
                                {base::ErrorCode::bad_input,
                                 "the id " + rule.id + " is taken by " + where(unique.back()),
                                 where(rule), "give every rule an id of its own", false}});
    }
    all.rules = std::move(unique);
    std::stable_sort(
        all.refusals.begin(), all.refusals.end(),
        [](const Refusal& a, const Refusal& b) { return a.error.where < b.error.where; });
    return all;
}

}  // namespace vedette::rule::sigma
