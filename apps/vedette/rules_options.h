// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "apps/vedette/command.h"
#include "engine/rules/chosen_rules.h"

namespace vedette::apps {

/// What the sub-commands of `vedette rules` may be told; each adds the options that it takes.
struct RulesOptions {
    engine::RuleChoice choice;
    std::string format = "table";
    std::vector<std::string> paths;
    bool is_strict = false;
    // list and coverage
    std::string level_min = "informational", logsource, technique, state;
    std::vector<std::string> words;
    bool is_by_rule = false;
    // explain
    std::string rule, event, event_format;
    std::vector<std::string> format_folders;
    // diff
    std::string before, after;
    // replay and diff
    std::string last, from, to;
    double seconds_max = 0;
};

}  // namespace vedette::apps
