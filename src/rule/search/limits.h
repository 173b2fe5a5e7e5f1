// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

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
/// Stages behind a filter: a chain that a person can follow.
inline constexpr std::size_t kStagesMax = 16;
/// Measures of one stage, and fields that its events are grouped by.
inline constexpr std::size_t kAggregatesMax = 16;
inline constexpr std::size_t kByFieldsMax = 4;
/// Values of one field by which an event is put into groups, where it is grouped by one, two, three
/// and four fields: an event with thousands of values must not become millions of groups.
inline constexpr std::size_t kGroupValuesMax[kByFieldsMax] = {1'000, 100, 30, 15};
/// Rows that a table may have: 2,000 buckets of the eleven series of a time chart.
inline constexpr std::size_t kTableRowsMax = 25'000;
/// Buckets of a time chart: a day by minutes has 1,440.
inline constexpr std::int64_t kBucketsMax = 2'000;
/// Buckets that a time chart without a width aims at.
inline constexpr std::int64_t kBucketsWanted = 60;
/// Series of a time chart; the smaller ones become one.
inline constexpr std::size_t kSeriesMax = 10;
/// Groups that are held in memory (live search); events of further ones are counted as left out.
inline constexpr std::size_t kGroupsMax = 100'000;
/// Values held in memory for percentiles and distinct counts of all groups together.
inline constexpr std::size_t kGroupedValuesMax = 1'000'000;
/// Hits that one search may ask for: what a person or a script can look at, and 10 MB of records.
inline constexpr std::size_t kHitsMax = 10'000;
/// Rows of a file that the store writes itself (Parquet), and its bytes: held in memory once.
inline constexpr std::size_t kFileRowsMax = 1'000'000;
inline constexpr std::size_t kFileBytesMax = 128u << 20;
/// Bytes of the look-up lists of one search, as parameters: about 500,000 account names. The store
/// makes a hash set of them for each search.
inline constexpr std::size_t kListBytesMax = 8u << 20;
/// Bytes of one parameter with keys: a ClickHouse server takes form fields of up to 128 KiB
/// (http_max_field_value_size), and escaping may write a byte as two.
inline constexpr std::size_t kListParameterBytesMax = 56u << 10;
/// Characters of a query shown around an error, so that the line fits a terminal.
inline constexpr std::size_t kErrorContextCharacters = 72;

}  // namespace vedette::rule::search
