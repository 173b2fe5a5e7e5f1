// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vedette::parse::evtx {

inline constexpr std::string_view kFileMagic{"ElfFile\0", 8};
inline constexpr std::string_view kChunkMagic{"ElfChnk\0", 8};

/// What the header of a chunk says, and whether it can be believed.
struct ChunkHeader {
    bool is_sound = false;          ///< magic and checksum fit
    bool is_content_wrong = false;  ///< it is, but the checksum of the records does not fit
    std::uint64_t last_id = 0;
    std::size_t content_end = 0;  ///< one past the last record, as the header says
};
ChunkHeader read_chunk_header(std::string_view chunk);

/// A place in a chunk: a record, or bytes that are none.
struct RecordPlace {
    std::size_t begin = 0, size = 0;
    std::uint64_t id = 0;
    std::uint64_t written = 0;     ///< FILETIME
    const char* damage = nullptr;  ///< why it is no record
};

/// Goes through the records of a chunk, over damage too: behind it the next header that is whole is
/// looked for. With a sound header it ends where that says, or later if the next record of the same
/// row follows (a log that was copied while it was written). Without one it goes to the end.
/// Cost: O(chunk).
class RecordWalk {
  public:
    RecordWalk(std::string_view chunk, const ChunkHeader& header);
    std::optional<RecordPlace> next();

  private:
    std::optional<RecordPlace> whole_at(std::size_t at) const;
    std::optional<RecordPlace> damaged_until(std::size_t end);

    std::string_view chunk_;
    ChunkHeader header_;
    std::size_t at_, end_;
    std::uint64_t last_id_ = 0;
};

}  // namespace vedette::parse::evtx
