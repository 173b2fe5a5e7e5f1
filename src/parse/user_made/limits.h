// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of what one definition can make us do. A definition is written by an operator, or copied
/// from a stranger: it may be wrong, but it may take neither our memory nor our time.
namespace vedette::parse::user_made {

/// Steps of one definition, each field of a mapping counted. The longest we wrote has 60.
inline constexpr std::size_t kStepsMax = 1'000;
/// Stages that take a record apart, one behind the other.
inline constexpr std::size_t kStagesMax = 8;
/// Values of one row that the definition names: fields, what steps make of them, constants.
inline constexpr std::size_t kValuesMax = 2'048;
/// A format's name: it stands in every envelope.
inline constexpr std::size_t kNameBytesMax = 64;
/// Memory of a compiled regular expression.
inline constexpr std::int64_t kRegexMemoryBytesMax = 8 << 20;
/// Parts of a regular expression that the quick scanner knows; longer ones are left to RE2.
inline constexpr std::size_t kScanStepsMax = 512;
/// Depth of groups in an expression that the quick scanner reads.
inline constexpr int kScanDepthMax = 16;
/// Lines of one look-up table, and bytes of its file: 100,000 hosts with a name each.
inline constexpr std::size_t kTableEntriesMax = 1'000'000;
inline constexpr std::size_t kTableBytesMax = 32u << 20;
/// Files that one definition may read: tables and time zones.
inline constexpr std::size_t kFilesMax = 32;
/// One file of the zone database; the largest has 4 KB.
inline constexpr std::size_t kZoneBytesMax = 64u << 10;
/// Pieces of a value that `split` makes without names.
inline constexpr std::size_t kPiecesMax = 1'024;
/// Pairs of one record. Firewalls write up to 80.
inline constexpr std::size_t kPairsMax = 2'048;
/// Keys of which a decoder remembers the field; others are looked up each time.
inline constexpr std::size_t kKeysRememberedMax = 16'384;
/// Bytes that a row's conversions keep for the next row.
inline constexpr std::size_t kRowTextKeptBytes = 256u << 10;
/// Definitions of one folder.
inline constexpr std::size_t kDefinitionsMax = 1'000;
/// First records that a recogniser looks at; a source hands over what fits into its head.
inline constexpr std::size_t kRecognisedRecordsMax = 64;

}  // namespace vedette::parse::user_made
