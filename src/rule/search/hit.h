// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vedette::rule::search {

/// One event as the store has it.
struct Hit {
    std::uint64_t offset = 0;
    std::uint32_t row = 0;
    base::Timestamp time, arrival;
    std::string source, origin, dataset;
    std::uint64_t line = 0;
    std::uint16_t flags = 0;  ///< event::RowFlags
    /// Name and text of every field that the event has, schema fields first. Several values of one
    /// field are the text of a JSON array.
    std::vector<std::pair<std::string, std::string>> fields;
    std::string raw;

    /// "" if the event does not have the field. `time`, `source` and the other names of queries
    /// work.
    std::string field(std::string_view name) const;
};

/// What search_sql selects, in the order that decode_hits reads.
std::string hit_columns();

/// The store's answer to search_sql.   Errors: corrupt if it is something else.
base::Result<std::vector<Hit>> decode_hits(std::string_view row_binary);

/// The answer to count_sql.
base::Result<std::uint64_t> decode_count(std::string_view row_binary);

/// One JSON object without line end: id, time, arrival, source, origin, dataset, line, flags,
/// fields (flat, dotted names), raw. Bytes that are not UTF-8 become U+FFFD. Times are RFC 3339 in
/// nanoseconds where they have them, else in milliseconds.
void append_json(std::string& out, const Hit& hit);

/// Its fields alone as a flat JSON object.
void append_json_fields(std::string& out, const Hit& hit);

}  // namespace vedette::rule::search
