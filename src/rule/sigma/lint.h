// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// Something about a rule document that loads all the same, and is most likely not what was meant.
struct Remark {
    std::string where;  ///< file:line:column
    std::string id;     ///< of the rule
    std::string kind;   ///< stable, for scripts: "unknown_field", "no_attack_tag", ...
    std::string text, hint;
};

/// What is known of the names that rules may use.
struct KnownNames {
    const LogSourceMap& sources;
    /// Field names that events or other rules have. A rule's field that is none of them and nearly
    /// one is remarked on; a name nobody knows may be new.
    std::set<std::string, std::less<>> fields;
};

/// Names of fields that a rule, and the ways of log sources, ask for.
void add_field_names(const Rule& rule, std::set<std::string, std::less<>>& names);
void add_field_names(const LogSourceMap& sources, std::set<std::string, std::less<>>& names);

/// Remarks on the rules of one file, which `rules` were loaded from (of silent ones, which only
/// correlations use, neither tags nor false positives are wanted): keys and fields that are
/// nearly known ones, a log source that nothing places, search identifiers that no condition
/// means, ids that are no UUIDs, ATT&CK tags that are missing or none, levels and statuses left
/// out or unknown, expressions that need backtracking.
/// Does not promise: to find what cannot be seen in the rule alone (reach.h).
std::vector<Remark> lint(std::string_view path, std::string_view text,
                         const std::vector<Rule>& rules, const KnownNames& known);

/// The rules of several files that have one id.
std::vector<Remark> repeated_ids(const std::vector<Rule>& rules);

/// Where a rule names a field, else where it begins.   `text`: of its file.
std::string where_of_field(std::string_view text, const Rule& rule, std::string_view field);

}  // namespace vedette::rule::sigma
