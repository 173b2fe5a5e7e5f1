// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds that more than one room keeps. Each says why it is what it is.
namespace vedette::base {

/// A log line of the same name more often than this tells nothing new and can fill a disk.
inline constexpr int kLogLinesPerNameAndMinute = 20;

/// What a decompressor gives out at a time; larger blocks did not get quicker.
inline constexpr std::size_t kDecompressBlockBytes = 256u << 10;
/// Largest zstd window taken, as a power of two: `zstd --long` (27) is read, more is refused,
/// because the window is memory (128 MiB) that a sender makes us hold.
inline constexpr int kZstdWindowLogMax = 27;
/// Memory that opening xz may take: what `xz -9` (a dictionary of 64 MiB) needs, and a little.
inline constexpr std::uint64_t kXzMemoryBytesMax = 80u << 20;
/// Bytes looked at to tell zlib's weak two-byte mark from text that begins with the same bytes.
inline constexpr std::size_t kZlibProbeBytes = 64;
/// A ratio limit is not applied before this much output: small inputs of one byte repeated are
/// honest.
inline constexpr std::size_t kDecompressRatioFreeBytes = 16u << 20;
/// Head of an HTTP message, or one line of its chunk framing; servers and shippers stay below 8
/// KiB.
inline constexpr std::size_t kHttpHeadBytesMax = 64 * 1024;

}  // namespace vedette::base
