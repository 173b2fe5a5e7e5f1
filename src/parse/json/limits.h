// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "parse/json_index.h"

/// Bounds of the JSON decoder besides those of event/limits.h.
namespace vedette::parse::json {

/// A document nested deeper is not taken for JSON. Values below kDepthMax are skipped, but their
/// brackets must still match, which costs a bit a level; simdjson's own bound is the same.
inline constexpr std::size_t kNestingMax = 1'024;

/// Records are indexed together in windows of this size: enough to spread the fixed cost of a pass,
/// small enough that text and index are still in the second-level cache when they are walked.
inline constexpr std::size_t kWindowBytes = StructureIndex::kUsualBytes;

/// Remembered paths of one decoder; when there are more, all are forgotten and learned anew. Real
/// packs have 541 to 1,068; a path costs about 200 bytes, so a hostile sender costs 4 MB.
inline constexpr std::size_t kPathsMax = 16'384;
/// The same for the bytes of their keys, which may be as long as a record.
inline constexpr std::size_t kPathKeyBytesMax = 4u << 20;

/// Bytes of overflow names that one record may make: this many times its own size and a bit. Paths
/// repeat their parents, so that a record of 1 MB could otherwise become 100 MB of names.
inline constexpr std::size_t kOverflowNameGrowthMax = 4;
inline constexpr std::size_t kOverflowNameBytesFree = 4'096;

}  // namespace vedette::parse::json
