// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// One thing that a version of a rule says otherwise than another.
struct RuleChange {
    std::string what;           ///< "level", "condition", "selection.Image|endswith", ...
    std::string before, after;  ///< as written; empty: it is not there
    /// Whether the rule may be true on other events than before; false of titles and the like.
    bool changes_hits = false;
};

/// What of the meaning differs between two versions of a rule: title, level, log source, tags,
/// conditions in their own writing, and each line's values as sets. Comments, order of keys and
/// lists, authors and references are not looked at. Empty: they say the same.
std::vector<RuleChange> changes_between(const Rule& before, const Rule& after);

}  // namespace vedette::rule::sigma
