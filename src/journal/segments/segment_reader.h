// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "journal/journal.h"
#include "journal/segments/record_codec.h"

namespace vedette::journal {

/// A place in a segment where bytes are no record of ours although records follow or should.
struct Damage {
    std::string path;
    std::uint64_t position_bytes = 0;
    std::uint64_t size_bytes = 0;  ///< bytes passed over
    bool is_tail = false;          ///< nothing valid follows: a write that never finished
};

/// Walks over one segment in blocks of bounded memory, passing over damage.
/// `visit` gets each record and its position; false stops the walk. `buffer` is working memory:
/// emptied, and the caller's to use again.
/// Result: the damage met, and where the last valid record ends.
struct WalkResult {
    std::vector<Damage> damage;
    std::uint64_t valid_end_bytes = 0;
    Offset last_offset = 0;
    bool was_stopped = false;
};
base::Result<WalkResult> walk_segment(
    base::Files& files, const std::string& path, std::uint64_t from_bytes, std::uint64_t end_bytes,
    std::string& buffer,
    const std::function<bool(const Decoded& record, std::uint64_t position_bytes)>& visit);

}  // namespace vedette::journal
