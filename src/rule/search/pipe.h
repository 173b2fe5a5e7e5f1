// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rule/search/query.h"

namespace vedette::rule::search {

/// A name with its place in the query, which does not count when two are compared.
struct Name {
    std::string text;
    std::size_t at = 0;
    bool operator==(const Name& other) const { return text == other.text; }
};

/// One measure of a group of events.
struct Aggregate {
    enum class Function { count, sum, average, minimum, maximum, percentile, distinct };
    Function function = Function::count;
    int percent = 0;         ///< of a percentile: 1 to 99
    std::string field = {};  ///< empty: of `count` alone
    std::string name = {};   ///< of its column
    std::size_t at = 0;      ///< byte in the query

    bool operator==(const Aggregate& other) const {
        return function == other.function && percent == other.percent && field == other.field &&
               name == other.name;
    }
};

/// The column's name where the query gives none: count, sum(bytes), p95(bytes).
std::string default_name(const Aggregate& aggregate);

struct SortKey {
    std::string name;
    bool is_descending = false;
    std::size_t at = 0;
    bool operator==(const SortKey& other) const {
        return name == other.name && is_descending == other.is_descending;
    }
};

/// What stands between two pipes.
struct Stage {
    enum class Kind { where, stats, top, rare, timechart, distinct, sort, fields, limit };
    Kind kind = Kind::where;
    Node condition = {};                     ///< of where
    std::vector<Aggregate> aggregates = {};  ///< of stats and timechart, at least one
    std::vector<Name> fields = {};           ///< of top and rare one; of distinct and fields
    std::vector<Name> by = {};               ///< of stats, top, rare, timechart
    std::vector<SortKey> sort = {};
    std::size_t count = 0;     ///< of top, rare, limit
    std::int64_t span_ns = 0;  ///< of timechart; 0: what suits the time searched
    std::size_t at = 0;        ///< byte in the query

    bool operator==(const Stage& other) const {
        return kind == other.kind && condition == other.condition &&
               aggregates == other.aggregates && fields == other.fields && by == other.by &&
               sort == other.sort && count == other.count && span_ns == other.span_ns;
    }
};

/// A filter and what is done with the events that it finds.
struct Search {
    Node filter;
    std::vector<Stage> stages;
    bool operator==(const Search&) const = default;
};

/// Reads `FILTER | stage | stage`. The language is told in README.md beside this file.
/// Limits: those of parse_query, kStagesMax, kAggregatesMax, kByFieldsMax.
tl::expected<Search, Problem> parse_search(std::string_view query);

/// The search as text: parse_search(print(search)) gives `search` again.
std::string print(const Search& search);

}  // namespace vedette::rule::search
