// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "parse/column_cursor.h"

namespace vedette::parse {

/// Reads times as records carry them: RFC 3339 with its usual relaxations, and seconds since 1970
/// as number or text, whole or with decimals; milli-, micro- and nanoseconds are told by their
/// size. Remembers the last minute it has read, because neighbours share it. Threads: one at a
/// time.   Cost: about 10 ns where the minute repeats.
class TimeReader {
  public:
    std::optional<base::Timestamp> read(std::string_view text);

  private:
    std::optional<base::Timestamp> read_rfc3339(std::string_view text);

    std::string minute_;  // "2026-11-22T16:03:"
    std::int64_t minute_ns_ = 0;
};

/// Numbers since 1970: seconds below 10^11, milliseconds below 10^14, microseconds below 10^17,
/// else nanoseconds. Nothing if it is no plain decimal number or outside the range of Timestamp.
std::optional<base::Timestamp> parse_epoch(std::string_view text);

/// The event time of rows: the first of several fields that has a readable time.
class TimeFields {
  public:
    TimeFields(event::FieldDictionary& fields, std::initializer_list<std::string_view> names);

    /// For one pass over a batch, rows ascending.
    void begin(const event::Batch& batch);
    /// Sets the row's time; a row without one keeps the arrival's and its flag.
    void set(event::Batch& batch, std::uint32_t row);

  private:
    std::vector<event::FieldId> fields_;
    std::vector<ColumnCursor> cursors_;
    TimeReader reader_;
};

}  // namespace vedette::parse
