// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::rule::sigma {

/// A rule's condition as a tree.
///
/// Grammar, loosest first; words in any case, names with case:
///   either  := both ("or" both)*          both := negation ("and" negation)*
///   negation := "not" negation | group    group := "(" either ")" | quantity "of" pattern | name
///   quantity := "1" | "any" | "all"       pattern := "them" | name with `*` for any characters
/// Source: Sigma rules specification, "Condition"
struct Condition {
    enum class Kind { selection, some_of, all_of, negation, both, either };
    Kind kind = Kind::selection;
    std::string name = {};              ///< of a selection, or the pattern of some_of and all_of
    std::vector<Condition> parts = {};  ///< one for negation, two or more for both and either
    bool operator==(const Condition&) const = default;
};

/// Reads a condition. Errors: bad_input with the 1-based column in the text as `where`; unsupported
/// for what older versions of Sigma had (aggregations after a pipe, `2 of`); limit past limits.h.
base::Result<Condition> parse_condition(std::string_view text);

/// The condition in its own writing with the fewest parentheses: parse_condition(print(c)) == c.
std::string print(const Condition& condition);

/// Whether a name is meant by a pattern: `them` leaves out names that begin with an underscore, and
/// so does a pattern that does not itself begin with one.
bool is_meant(std::string_view pattern, std::string_view name);

}  // namespace vedette::rule::sigma
