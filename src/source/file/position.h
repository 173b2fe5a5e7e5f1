// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "event/framer.h"

namespace vedette::source::file {

/// What the operating system calls a file. `birth_ns` tells a new file in a reused inode from the
/// old one, where the file system knows it; else 0.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t birth_ns = 0;
    auto operator<=>(const FileIdentity&) const = default;
};

/// What a file holds, as far as it was read: its first bytes and those before the place reached, of
/// the opened content. Finds it again when it was copied or compressed.
struct Fingerprint {
    std::uint32_t head_bytes = 0;  ///< at most kHeadBytes
    base::Hash128 head;
    std::uint32_t tail_bytes = 0;  ///< at most kTailBytes, ending at the position
    std::uint64_t tail = 0;
    bool operator==(const Fingerprint&) const = default;
};

/// Where reading one file stands.
struct FileState {
    FileIdentity identity;
    Fingerprint fingerprint;
    std::string format;
    event::FramerState framer;  ///< byte offset (opened), records given out
    bool is_compressed = false;
    bool is_finished = false;   ///< read to its end and rotated away
    std::int64_t since_ns = 0;  ///< when its origin was first followed, in unix nanoseconds
    bool operator==(const FileState&) const = default;
};

/// The position of an origin: every file that was read under its name and may still be there, the
/// newest last. It is one value, because the rest of a rotated file and the beginning of the new
/// one are journalled in turn and the last position has to know both.
std::string encode_position(const std::vector<FileState>& states);

/// Errors: corrupt. The bytes come from our own journal, but are read with care all the same.
base::Result<std::vector<FileState>> decode_position(std::string_view bytes);

}  // namespace vedette::source::file
