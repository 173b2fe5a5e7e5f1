// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "engine/rule_replays/replay_control.h"
#include "engine/ruleset.h"
#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"

namespace vedette::engine::rule_replays {

/// A rule or a correlation with all that it needs, so that it can be judged by itself.
struct ReplayedRule {
    std::string id, title;
    rule::sigma::LoadedRules loaded;  ///< resolved among themselves; those referred to are silent
    rule::sigma::LogSourceMap sources;
    bool is_correlation() const { return !loaded.correlations.empty(); }
};

/// The rules of a set that raise findings, by content.
class ReplayableRules {
  public:
    /// Cost: that of loading the set, a second for three thousand rules.
    explicit ReplayableRules(const RuleSet& set);

    const std::string& set() const { return set_; }
    /// Ordered by id.
    const std::vector<DueRule>& rules() const { return rules_; }
    /// Nothing if the set has no rule of this content.
    std::optional<ReplayedRule> find(const std::string& content) const;

  private:
    std::string set_;
    rule::sigma::LoadedRules loaded_;
    rule::sigma::LogSourceMap sources_;
    std::vector<DueRule> rules_;
    std::vector<std::size_t> places_;  // beside rules_: correlations behind rules
};

}  // namespace vedette::engine::rule_replays
