// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of look-up lists. Their authors are operators, but their files come out of directories,
/// inventories and scripts.
namespace vedette::event {

/// Lists of one folder: each is looked up in every batch.
inline constexpr std::size_t kListsMax = 256;
/// Keys of one list: every account and host of a large company, or a public block list.
inline constexpr std::size_t kListKeysMax = 2'000'000;
/// Bytes of the file of one list: two million rows of 64 bytes.
inline constexpr std::size_t kListFileBytesMax = 128u << 20;
/// Bytes of the files of all lists of a folder, so that a wrong folder does not fill the memory.
inline constexpr std::size_t kListSetBytesMax = 512u << 20;
/// Columns of a table; inventories export up to about 200.
inline constexpr std::size_t kListColumnsMax = 1'024;
/// Columns that become fields of rows: each is written for every row that is found.
inline constexpr std::size_t kListAddedMax = 32;
/// Fields in which one list is looked up.
inline constexpr std::size_t kListFieldsMax = 64;
/// Columns of keys: host name, short name, several addresses.
inline constexpr std::size_t kListKeyColumnsMax = 8;
/// Bytes of one key; the longest that is meant, a distinguished name or a URL, has a few hundred.
inline constexpr std::size_t kListKeyBytesMax = 1'024;
/// Bytes of a value that becomes a field of a row.
inline constexpr std::size_t kListAddedBytesMax = 1'024;
/// Rows with the same key, which are told apart by their times alone: each is looked at.
inline constexpr std::size_t kListRowsPerKeyMax = 64;
/// A list's name: it is a value of rows, and part of a placeholder.
inline constexpr std::size_t kListNameBytesMax = 64;
/// A domain's name has at most so many bytes (RFC 1035 section 2.3.4): longer text is none.
inline constexpr std::size_t kDomainBytesMax = 253;

}  // namespace vedette::event
