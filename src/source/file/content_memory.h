// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "source/file/limits.h"
#include "source/file/position.h"

namespace vedette::source::file {

/// The first bytes of a plain file and those around the place reached, as they were read.
/// Fingerprints come from here and not from the file, which may hold something else by the time a
/// chunk is offered. Owns: what was read beyond the last chunk, plus about 1 KB.
class ContentMemory {
  public:
    /// Begins at `position`, before which lie `head` (from the file's first byte on) and `tail`.
    void reset(std::uint64_t position, std::string head, std::string tail) {
        head_ = std::move(head);
        recent_ = std::move(tail);
        end_ = position;
    }

    /// The next bytes read.
    void add(std::string_view bytes) {
        if (head_.size() < kHeadBytes) head_.append(bytes.substr(0, kHeadBytes - head_.size()));
        recent_.append(bytes);
        end_ += bytes.size();
    }

    /// The bytes read last; they must still be there at the next read.
    std::string_view last() const {
        return std::string_view(recent_).substr(recent_.size() -
                                                std::min(recent_.size(), kTailBytes));
    }

    /// The file's first bytes, of a plain file.
    std::string_view head() const { return head_; }

    /// The fingerprint at a position not before that of the last call; what lies before is
    /// forgotten.
    Fingerprint at(std::uint64_t position) {
        const std::uint64_t begin = end_ - recent_.size();
        const auto tail_bytes =
            static_cast<std::size_t>(std::min<std::uint64_t>(kTailBytes, position - begin));
        recent_.erase(0, static_cast<std::size_t>(position - begin) - tail_bytes);
        const std::string_view head = std::string_view(head_).substr(
            0, static_cast<std::size_t>(std::min<std::uint64_t>(kHeadBytes, position)));
        return {static_cast<std::uint32_t>(head.size()), base::hash128(head),
                static_cast<std::uint32_t>(tail_bytes),
                base::hash64(std::string_view(recent_).substr(0, tail_bytes))};
    }

  private:
    std::string head_;
    std::string recent_;     // ends at end_
    std::uint64_t end_ = 0;  // of what was read
};

}  // namespace vedette::source::file
