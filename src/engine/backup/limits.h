// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace vedette::engine::backup {

/// The form of the manifest and of what stands beside it.
inline constexpr std::uint32_t kForm = 1;

/// Files of one backup. A year of partitions with 30 parts of 16 files each has 175,000.
inline constexpr std::size_t kFilesMax = 2'000'000;
/// Of a manifest: kFilesMax lines of 128 bytes.
inline constexpr std::uint64_t kManifestBytesMax = 256u << 20;
/// Of a file's name within the backup; ustar has room for 255.
inline constexpr std::size_t kNameBytesMax = 250;
/// Of one file: what eight exabytes cannot hold is no size.
inline constexpr std::uint64_t kFileBytesMax = 1ull << 50;
/// Folders within folders of what an operator may have put into the data folder.
inline constexpr int kFolderDepthMax = 16;

/// Bytes copied at a time.
inline constexpr std::size_t kBlockBytes = 1u << 20;
/// What is written goes to the disk in steps of this size, so that the journal's own fsync, on the
/// same disk, never stands behind gigabytes.
inline constexpr std::uint64_t kSyncBytes = 8u << 20;
/// zstd's level: 3 packs journals 4 to 10 times at about 200 MB/s.
inline constexpr int kArchiveLevel = 3;

/// How long the store may take for its part. A terabyte at 50 MB/s takes six hours.
inline constexpr int kStoreTimeoutS = 12 * 3'600;

}  // namespace vedette::engine::backup
