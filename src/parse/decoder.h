// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event/batch.h"
#include "event/framing.h"
#include "event/record.h"

namespace vedette::parse {

class RowSink;

/// Decodes the records of one format: a pure function of the record's bytes and its envelope, so that
/// replay gives the same rows. Its name and version are in every envelope.
///
/// Bad data is never an error: what does not fit becomes a row with `message` and the flag
/// kRowNotDecoded. A decoder may keep caches (predicted key order), never state that changes rows.
/// Threads: one instance per thread.
class Decoder {
  public:
    virtual ~Decoder() = default;

    /// Rows of one record, in a fixed order. `sink.row()` starts each; at least one row.
    virtual void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) = 0;

    /// Adds fields to the sink's current row from bytes that were inside another format's record
    /// (sshd inside syslog). False if they are not this format's: the row is then unchanged.
    virtual bool decode_inner(std::string_view bytes, const event::Envelope& envelope, RowSink& sink) {
        static_cast<void>(bytes), static_cast<void>(envelope), static_cast<void>(sink);
        return false;
    }

    /// A pass over the rows [first_row, end) of a finished batch, column by column: mapping original
    /// names to ECS with linked cells, event time, data set. Runs once per batch, for the rows this
    /// decoder made, before anybody reads it.
    virtual void finish(event::Batch& batch, std::uint32_t first_row) {
        static_cast<void>(batch), static_cast<void>(first_row);
    }
};

/// Where a decoder puts rows. The room owns it; it sets id, arrival, origin, line and raw of every row,
/// and hands inner bytes to the format that wants them.
class RowSink {
  public:
    virtual ~RowSink() = default;
    virtual event::Batch& batch() = 0;
    /// Starts the next row of this record; `raw` is the part of the record that it stands for.
    virtual event::Row& row(std::string_view raw) = 0;
    /// Offers inner bytes to the format `hint`, for the current row. False if nobody took them.
    /// Depth is bounded (kInnerDepthMax): deeper bytes are left as they are.
    virtual bool inner(std::string_view hint, std::string_view bytes) = 0;
    /// The budget of new field names of the record's source.
    virtual event::FieldBudget& field_budget() = 0;
};

inline constexpr int kInnerDepthMax = 4;

}  // namespace vedette::parse
