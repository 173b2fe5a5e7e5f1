// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "engine/rules/rule_check.h"
#include "engine/rules/rule_set_change.h"
#include "engine/rules/rule_standing.h"
#include "engine/rules/rule_tests.h"
#include "rule/sigma/explained.h"

namespace vedette::apps {

// What `vedette rules` prints for people. Rules and events are written by strangers: all of it goes
// through report::plain.

void print_text(const engine::CheckedLine& line);
void print_text(const engine::RuleStanding& rule);
void print_text(const engine::TechniqueStanding& technique);
void print_text(const engine::RuleTestFailure& failure);
void print_text(const engine::ChangedRule& rule);
/// The tree, a part a line, indented; values to the right of what is asked.
void print_text(const rule::sigma::ExplainedPart& part, int depth = 0);

/// One line of output that is ours already.
void print_json_line(const std::string& json);

}  // namespace vedette::apps
