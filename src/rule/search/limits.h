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
/// Bytes of the look-up lists of one search, as parameters: about 500,000 account names. The store
/// makes a hash set of them for each search.
inline constexpr std::size_t kListBytesMax = 8u << 20;
/// Bytes of one parameter with keys: a ClickHouse server takes form fields of up to 128 KiB
/// (http_max_field_value_size), and escaping may write a byte as two.
inline constexpr std::size_t kListParameterBytesMax = 56u << 10;
/// Characters of a query shown around an error, so that the line fits a terminal.
inline constexpr std::size_t kErrorContextCharacters = 72;

}  // namespace vedette::rule::search
