// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "journal/segments/segment_reader.h"

namespace vedette::journal {

/// Gives the new payload of a chunk, or nothing where it stays as it is.
using ChangeRecord = std::function<base::Result<std::optional<std::string>>(
    Offset offset, std::string_view payload)>;

/// What became of a segment that was written again.
struct RewrittenSegment {
    std::uint64_t changed = 0;        ///< records with a new payload
    std::uint64_t size_bytes = 0;     ///< of the new file
    std::uint64_t damaged_bytes = 0;  ///< of the old one, left out: they were readable to nobody
};

/// Writes the segment `path` again as `new_path` (made anew, synced): every record at its offset,
/// chunks with what `change` gives, ticks and controls as they are. Where nothing changes and
/// nothing is damaged there is no new file afterwards. `path` itself is only read: whoever calls
/// renames. Errors: those of the files and of `change`; limit if a payload became too large. No new
/// file is left then, unless removing it fails as well. Cost: one pass; memory of one block and the
/// largest record.
base::Result<RewrittenSegment> rewrite_segment(base::Files& files, const std::string& path,
                                               const std::string& new_path, Offset first,
                                               std::uint64_t size_bytes,
                                               const ChangeRecord& change);

}  // namespace vedette::journal
