// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::rule::search {

/// What a field is held against, as written. Escapes are resolved; a wildcard keeps its character
/// in `text` and its place in `wildcards`, so that a literal star can never become one.
struct Value {
    std::string text;
    std::vector<std::size_t> wildcards = {};  ///< places in text of `*` and `?` that are wildcards
    bool is_quoted = false;  ///< quoted text is never a network, a date or a pattern
    std::size_t at = 0;      ///< byte in the query, for messages

    /// The place in the query does not count: a query is what it means.
    bool operator==(const Value& other) const {
        return text == other.text && wildcards == other.wildcards && is_quoted == other.is_quoted;
    }
};

/// One end of a range.
struct Bound {
    Value value;
    bool is_inclusive = true;
    bool operator==(const Bound&) const = default;
};

/// One test of one field.
struct Test {
    enum class Kind {
        value,   ///< field:value, or value alone
        exists,  ///< field:*
        regex,   ///< field:/pattern/
        range,   ///< field>1, field:[1 TO 2}
        list,    ///< field in @list
    };
    Kind kind = Kind::value;
    std::string field = {};           ///< empty: the text of the record
    Value value = {};                 ///< of kind value; the pattern of kind regex; the list's name
    std::optional<Bound> lower = {};  ///< of kind range
    std::optional<Bound> upper = {};
    std::size_t at = 0;  ///< byte in the query

    bool operator==(const Test& other) const {
        return kind == other.kind && field == other.field && value == other.value &&
               lower == other.lower && upper == other.upper;
    }
};

/// A query as a tree. `all_of` and `any_of` have at least two children.
struct Node {
    enum class Kind { everything, all_of, any_of, negation, test };
    Kind kind = Kind::everything;
    std::vector<Node> children = {};
    Test test = {};
    bool operator==(const Node&) const = default;
};

/// Why a query cannot be read: where, what, and what to write instead.
struct Problem {
    std::size_t at = 0;  ///< byte in the query
    std::string text;    ///< one sentence without full stop
    std::string suggestion = {};
};

/// Reads a query. The language is told in README.md beside this file.
/// Limits: kQueryBytesMax, kQueryTestsMax, kQueryDepthMax.
tl::expected<Node, Problem> parse_query(std::string_view query);

/// The query that means `node`: parse_query(print(node)) gives `node` again.
std::string print(const Node& node);

/// Two lines: the query (cut to kErrorContextCharacters around the place) and a caret below the
/// place.
std::string caret_lines(std::string_view query, std::size_t at);

/// As the error that every room hands on: where is "column N" (characters from 1), the hint holds
/// the suggestion and the caret lines.
base::Error to_error(std::string_view query, const Problem& problem);

}  // namespace vedette::rule::search
