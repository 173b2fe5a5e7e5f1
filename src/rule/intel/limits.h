// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of feeds of indicators. Whoever writes a feed is a stranger, and often anybody can add to
/// it.
namespace vedette::rule::intel {

/// One feed as it is read. Ten million addresses are 150 MB, ten million URLs 700 MB.
inline constexpr std::uint64_t kFeedBytesMax = 1ull << 30;
/// One file of a folder that is a feed: an event of MISP with a hundred thousand attributes.
inline constexpr std::uint64_t kFeedFileBytesMax = 256ull << 20;
inline constexpr std::size_t kFeedFilesMax = 20'000;
/// Indicators of one feed.
inline constexpr std::size_t kIndicatorsMax = 20'000'000;
/// Feeds that are looked up together.
inline constexpr std::size_t kFeedsMax = 64;

/// Bytes of one value. A URL is at most what browsers and proxies pass on.
inline constexpr std::size_t kValueBytesMax = 4'096;
/// What a feed calls an indicator, and how many different of such texts one feed may have; what
/// comes after has no name.
inline constexpr std::size_t kLabelBytesMax = 200;
inline constexpr std::size_t kContextsMax = 500'000;
/// ATT&CK ids of one indicator.
inline constexpr std::size_t kAttackIdsMax = 16;
/// Indicators whose hashes agree in 40 bits: more than a few were made to.
inline constexpr std::size_t kSameHashMax = 64;
/// Networks that one range "from-to" becomes; the worst range of IPv6 needs 254.
inline constexpr std::size_t kRangeNetworksMax = 256;

/// A pattern of STIX. The longest in public bundles has a few thousand bytes.
inline constexpr std::size_t kPatternBytesMax = 64u << 10;
inline constexpr int kPatternDepthMax = 32;
/// Members of an object, and relationships of a bundle that are followed.
inline constexpr std::size_t kMembersMax = 4'096;
inline constexpr std::size_t kRelationshipsMax = 2'000'000;
/// Reasons for refusing that are told apart.
inline constexpr std::size_t kReasonsMax = 100;

/// Warning lists: bytes of one, entries of all, and of those kinds that are tried one by one.
inline constexpr std::uint64_t kWarningListBytesMax = 64u << 20;
inline constexpr std::size_t kWarningEntriesMax = 5'000'000;
inline constexpr std::size_t kWarningSubstringsMax = 1'000;
inline constexpr std::size_t kWarningRegexesMax = 200;
inline constexpr std::int64_t kWarningRegexMemoryBytesMax = 1 << 20;
inline constexpr std::size_t kWarningListsMax = 500;

}  // namespace vedette::rule::intel
