// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what one query may ask for.
namespace vedette::rule::search {

/// A list of a thousand indicators pasted into a query has about 40 KB.
inline constexpr std::size_t kQueryBytesMax = 64u << 10;
/// Single tests of one query; the store gets as many parameters.
inline constexpr std::size_t kQueryTestsMax = 1'000;
/// Parentheses and `not` inside each other: keeps the recursive code and the store's parser
/// shallow.
inline constexpr int kQueryDepthMax = 32;
/// Memory of one compiled regular expression.
inline constexpr std::size_t kRegexBytesMax = 4u << 20;
/// Hits that one search may ask for: what a person or a script can look at, and 10 MB of records.
inline constexpr std::size_t kHitsMax = 10'000;
/// Characters of a query shown around an error, so that the line fits a terminal.
inline constexpr std::size_t kErrorContextCharacters = 72;

}  // namespace vedette::rule::search
