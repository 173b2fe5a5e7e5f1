// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/config.h"
#include "engine/coverage.h"
#include "engine/ruleset.h"
#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"
#include "store/state/state_reader.h"

namespace vedette::engine {

/// Which rules a person means.
struct RuleChoice {
    std::vector<std::string> rule_paths;       ///< files and folders; none: see choose_rules
    std::vector<std::string> logsource_paths;  ///< besides those of the configuration
    std::string config_path;                   ///< empty: none
    std::string data_folder;
};

/// Rules with all they need to be understood.
struct ChosenRules {
    RuleSet set;
    std::string where;  ///< for people: "in force on /var/lib/vedette", or the paths
    rule::sigma::LoadedRules loaded;
    rule::sigma::LogSourceMap sources;
    std::vector<base::Error> problems;  ///< of log-source files
    Config config;                      ///< given, or the default
};

/// The rules of the paths given; without paths those of the configuration, if one is given; else
/// those that are in force in the data folder; where no server has run, those a server without
/// configuration would load.
/// Errors: those of reading configuration and rules; corrupt for a kept set.
base::Result<ChosenRules> choose_rules(const RuleChoice& choice);

/// A kept set by the name that status and journal give it, e.g. to compare it with another.
/// Errors: not_found, corrupt.
base::Result<ChosenRules> kept_rules(const RuleChoice& choice, const std::string& hash_hex);

/// The rule that a person names by id, name, title, or the beginning of an id, which only one has.
/// Errors: not_found with what may have been meant; bad_input where several fit.
base::Result<rule::sigma::Rule> find_rule(const ChosenRules& rules, const std::string& wanted);

/// What a server has kept in the data folder, whether it runs or not; nothing where none has run.
/// Errors: those of the state.
base::Result<std::optional<store::StateReader>> kept_state(const std::string& data_folder);
base::Result<std::optional<Coverage>> kept_coverage(const std::string& data_folder);

}  // namespace vedette::engine
