// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/rules/chosen_rules.h"

namespace vedette::engine {

/// A line of an event file on which a rule did the wrong thing; of a correlation a block of lines.
struct RuleTestFailure {
    std::string where;  ///< events file and line, or "block 2"
    std::string id, title;
    bool was_hit_wanted = false;
    std::string event;  ///< the line, or the first of the block, cut
};

struct RuleTests {
    std::size_t rules = 0, lines = 0;  ///< tried
    std::vector<RuleTestFailure> failures;
    /// Rule files without events beside them, and rules that do not load, with the reason.
    std::vector<std::pair<std::string, std::string>> untested;
};

/// Runs the events beside rule files: every line of `<name>.hit.jsonl` or `<name>.hit.log` beside
/// `<name>.yml` must be a hit of each rule of that file that raises findings, no line of
/// `<name>.miss.*` may be one. Of a correlation every block between empty lines must raise it, or
/// must not, each block alone. Rules may name rules of other given files. Events are decoded as any
/// input, log sources are those of `known`.
/// Errors: paths and event files that cannot be read.
base::Result<RuleTests> run_rule_tests(const std::vector<std::string>& paths,
                                       const ChosenRules& known);

std::string to_json(const RuleTestFailure& failure);

}  // namespace vedette::engine
