// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "engine/rules/chosen_rules.h"
#include "engine/rules/rule_reach.h"

namespace vedette::engine {

/// What a rule is and does here.
struct RuleStanding {
    enum class State : std::uint8_t {
        refused,      ///< it does not load; `why`
        never_tried,  ///< its log source is placed by nobody
        cannot_fire,  ///< a field it tests never came; `why`
        waits,        ///< nothing of its log source has come
        can_fire,     ///< it is tried, and nothing speaks against it
        fires,        ///< it has findings
    };
    State state = State::can_fire;
    std::string id, title, level, logsource, where, why;
    std::vector<std::string> attack;  ///< ids
    std::uint64_t findings = 0;
    base::Timestamp last_seen;  ///< of its newest finding
};

std::string_view name(RuleStanding::State state);

/// All rules of a set, the refused ones among them, ordered by title. Without a server's state
/// (`coverage` empty) a rule that is tried can fire.
std::vector<RuleStanding> standings(const ChosenRules& rules,
                                    const std::optional<Coverage>& coverage,
                                    const std::vector<store::RuleCount>& findings);

/// A technique of ATT&CK, and how the rules stand that are tagged with it.
struct TechniqueStanding {
    std::string id;
    std::size_t rules = 0;     ///< loaded
    std::size_t can_fire = 0;  ///< of them, those that fire or can
    std::size_t firing = 0;    ///< of them, those with findings
    std::uint64_t findings = 0;
    base::Timestamp last_seen;
};

/// By id; tactics, groups and software that rules name as well are left out. A rule with several
/// techniques counts for each.
std::vector<TechniqueStanding> techniques(const std::vector<RuleStanding>& rules);

std::string to_json(const RuleStanding& rule);
std::string to_json(const TechniqueStanding& technique);

}  // namespace vedette::engine
