// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "rule/search/query.h"

namespace vedette::rule::search {

/// What the two halves of the parser share: filters, and the stages behind them.
template <typename T>
using Parsed = tl::expected<T, Problem>;

inline tl::unexpected<Problem> problem(std::size_t at, std::string text,
                                       std::string suggestion = {}) {
    return tl::unexpected(Problem{at, std::move(text), std::move(suggestion)});
}

/// VD_PARSE(auto x, call()): x is the value, or the enclosing function returns the problem.
#define VD_PARSE(declaration, ...) \
    VD_PARSE_NAMED(VD_CONCAT(vd_parse_, __COUNTER__), declaration, __VA_ARGS__)
#define VD_PARSE_NAMED(name, declaration, ...)                 \
    auto name = (__VA_ARGS__);                                 \
    if (!name) return tl::unexpected(std::move(name).error()); \
    declaration = std::move(*name)

/// Whose names stand in front of the colons: fields of events, or columns of a result, which may
/// be written as calls: sum(bytes)>10.
enum class Names { fields, columns };

struct ParsedFilter {
    Node node;
    std::size_t end = 0;  ///< byte of the | behind it, or of the end
};
/// Reads a filter that begins at `at`, up to a | or the end.
Parsed<ParsedFilter> parse_filter(std::string_view query, std::size_t at, Names names);

struct ParsedCall {
    std::string name;  ///< the column's name as stages spell it
    std::size_t end = 0;
};
/// Reads `function(field)` that begins at `at`.
Parsed<ParsedCall> parse_call(std::string_view query, std::size_t at);

/// Length and bytes of a whole query.
Parsed<bool> check_bytes(std::string_view query);

}  // namespace vedette::rule::search
