// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "event/batch.h"
#include "event/framing.h"
#include "event/record.h"

namespace vedette::parse {

class RowSink;
class Registry;

/// Decodes the records of one format: a pure function of the record's bytes and its envelope, so
/// that replay gives the same rows. Its name and version are in every envelope.
///
/// Bad data is never an error: what does not fit becomes a row with `message` and the flag
/// kRowNotDecoded. A decoder may keep caches (predicted key order), never state that changes rows.
/// Threads: one instance per thread.
class Decoder {
  public:
    virtual ~Decoder() = default;

    /// Told once, before the first record, for a decoder whose rows other folders map.
    /// Lives: `registry` and `fields` outlive the decoder.
    virtual void attach(const Registry& registry, event::FieldDictionary& fields) {
        static_cast<void>(registry), static_cast<void>(fields);
    }

    /// The records of `chunk` are next, for a decoder that gains by looking at many at once. Says
    /// nothing about rows. Lives: the chunk outlives the decode() calls of its records.
    virtual void begin_chunk(const event::Chunk& chunk) { static_cast<void>(chunk); }

    /// Rows of one record, in a fixed order. `sink.row()` starts each; at least one row, unless the
    /// record itself says that nothing is in it (a chunk of a binary log that was never used).
    virtual void decode(std::string_view record, const event::Envelope& envelope,
                        RowSink& sink) = 0;

    /// Adds fields to the sink's current row from bytes that were inside another format's record
    /// (sshd inside syslog). False if they are not this format's: the row is then unchanged.
    virtual bool decode_inner(std::string_view bytes, const event::Envelope& envelope,
                              RowSink& sink) {
        static_cast<void>(bytes), static_cast<void>(envelope), static_cast<void>(sink);
        return false;
    }

    /// A pass over the rows that this decoder made or added inner fields to, column by column:
    /// mapping original names to ECS with linked cells, event time, data set. `rows` are row
    /// numbers of the batch, ascending; rows of other formats may stand between them and are not
    /// this decoder's to touch. Every row is handed in once, before anybody reads the batch.
    /// Columns need not be left sorted by row: the room settles them afterwards. Decoders run in
    /// the order of their names.
    virtual void finish(event::Batch& batch, std::span<const std::uint32_t> rows) {
        static_cast<void>(batch), static_cast<void>(rows);
    }
};

/// Where a decoder puts rows. The room owns it; it sets id, arrival, origin, line, raw and the
/// framer's flags of every row, the time to the arrival with kRowTimeGuessed (see set_time) and the
/// data set to the format's name; it hands inner bytes to the format that wants them.
class RowSink {
  public:
    virtual ~RowSink() = default;
    /// The batch that the current row is in; another one after each row().
    virtual event::Batch& batch() = 0;
    /// Starts the next row of this record; `raw` is the part of the record that it stands for and
    /// must lie within it. The reference is good until the next row().
    virtual event::Row& row(std::string_view raw) = 0;
    /// Gives the current row a raw text that the decoder made of a binary record, for people to
    /// read and search. The batch keeps a copy. It must decode, by this format, to the same fields.
    virtual void set_raw(std::string_view text) = 0;
    /// Takes back the current row with all its cells, as if row() had not been called.
    virtual void drop_row() = 0;
    /// Offers inner bytes to the format `hint`, for the current row; to the format whose text
    /// begins like `bytes` if the hint is empty. False if nobody took them. Depth is bounded
    /// (kInnerDepthMax): deeper bytes are left as they are.
    virtual bool inner(std::string_view hint, std::string_view bytes) = 0;
    /// The budget of new field names of the record's source.
    virtual event::FieldBudget& field_budget() = 0;
};

/// A record whose format did not fit: its text as `message`, so that it can still be found.
/// Invalid UTF-8 becomes U+FFFD there and is flagged; `raw` keeps the bytes as they came.
void add_message_row(std::string_view record, RowSink& sink);

/// Appends `bytes` with every byte that is not part of a UTF-8 sequence as U+FFFD.
/// Returns whether there was one.   Source: RFC 3629; same rule as base::append_json_string
bool append_valid_utf8(std::string& out, std::string_view bytes);

/// Gives a row the time its record tells.
inline void set_time(event::Row& row, base::Timestamp time) {
    row.time = time;
    row.flags = static_cast<std::uint16_t>(row.flags & ~event::kRowTimeGuessed);
}

inline constexpr int kInnerDepthMax = 4;

}  // namespace vedette::parse
