// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "rule/sigma/rule.h"
#include "rule/sigma/rule_change.h"

namespace vedette::engine {

/// A rule that two sets do not have alike.
struct ChangedRule {
    enum class Kind : std::uint8_t { added, removed, changed };
    Kind kind = Kind::changed;
    bool is_correlation = false;
    std::string id, title, level;
    std::string before, after;  ///< file and line in either set; empty: not there
    std::vector<rule::sigma::RuleChange> changes;
};

struct RuleSetChange {
    std::size_t before = 0, after = 0;  ///< rules and correlations that load
    std::size_t same = 0;
    std::size_t reworded = 0;        ///< other files, the same meaning
    std::vector<ChangedRule> rules;  ///< by title
};

/// What differs in meaning between two sets; rules are the same by id.
RuleSetChange change_between(const rule::sigma::LoadedRules& before,
                             const rule::sigma::LoadedRules& after);

/// Whether the rule may be true on other events than before.
bool changes_hits(const ChangedRule& rule);

std::string_view name(ChangedRule::Kind kind);
std::string to_json(const ChangedRule& rule);

}  // namespace vedette::engine
