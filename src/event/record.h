// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vedette::event {

/// What all records of a chunk share: everything a decoder may know besides the bytes.
struct Envelope {
    std::string source;  ///< configured name of the source, e.g. "files"
    std::string origin;  ///< path, or peer without port
    std::string format;  ///< name of the decoder, e.g. "json"
    std::uint16_t format_version = 1;
    base::Timestamp arrival;
    std::string context;           ///< what the framer learned before: header line, zone, year
    std::uint64_t first_line = 0;  ///< 0-based number of the first record within its origin
    /// Names the data by which its rows are enriched (look-up lists) by its content; empty: none.
    std::string enrichment = {};
    /// What the operator says of the source's clock (parse/clock_hints.h); empty: nothing.
    std::string clock = {};
};

/// Records of one source that were journalled together. The unit of the journal: an event's id is
/// the chunk's offset and the record's (and inner record's) place in it.
/// `ends[i]` is one past record i in `bytes`; records do not include their line ends.
struct Chunk {
    Envelope envelope;
    std::string bytes;
    std::vector<std::uint32_t> ends;
    /// Per record, or empty: the name under which the sender may send it again (`_bulk` with _id).
    std::vector<std::string> keys;
    /// Where the source goes on after this chunk; opaque to all but the source.
    std::string position;
    /// Per record, or empty: flags of RowFlags that the framer knows (part of a longer one).
    std::vector<std::uint16_t> flags;

    std::size_t record_count() const { return ends.size(); }
    std::string_view record(std::size_t index) const {
        const std::uint32_t begin = index == 0 ? 0 : ends[index - 1];
        return std::string_view(bytes).substr(begin, ends[index] - begin);
    }
    void add_record(std::string_view record) {
        bytes.append(record);
        ends.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
};

/// The journal's form of a chunk, and back.
/// Errors: corrupt, if the bytes are not a whole chunk.   Format: docs/journal.md
std::string encode(const Chunk& chunk);
/// Owns: the chunk takes over the bytes; after an error they are as they were.
base::Result<Chunk> decode_chunk(std::string& bytes);

/// Reads only the envelope, keys and position, for rebuilding views that need no more.
struct ChunkHead {
    Envelope envelope;
    std::vector<std::string> keys;
    std::string position;
    std::size_t record_count = 0;
};
base::Result<ChunkHead> decode_chunk_head(std::string_view bytes);

}  // namespace vedette::event
