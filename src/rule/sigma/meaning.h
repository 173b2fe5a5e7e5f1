// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/hash.h"
#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// What decides which events a rule is true on, named by content: its id, log source and how that
/// is placed, selections and conditions (those of filters among them), values of the placeholders
/// that it names. Titles, levels, tags, comments, and the order of keys and of lists are not in it.
/// Two rules of one name are true on the same events; a rule may be written in two ways that are
/// true on the same and have different names.   `rule`: as load_rule_set gives it.
base::Hash128 meaning_of(const Rule& rule, const LogSourceMap& sources, const LoadOptions& options);

/// The same of every rule and correlation of a set: of a correlation what it says, and the meaning
/// of all that it refers to.
struct Meanings {
    std::vector<base::Hash128> rules, correlations;  ///< beside those of the set
};
Meanings meanings_of(const LoadedRules& all, const LogSourceMap& sources,
                     const LoadOptions& options);

}  // namespace vedette::rule::sigma
