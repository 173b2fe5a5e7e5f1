// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/schema.h"

namespace vedette::rule::search {

/// How the values of a field are compared; what each means is told in README.md.
enum class FieldKind {
    anywhere,     ///< no field: the record's text, words in it
    text,         ///< long texts (message, command lines): words in it
    keyword,      ///< everything else: the whole value
    number,       ///< a column of whole numbers
    ip,           ///< a column of addresses
    meta_text,    ///< source, origin, dataset
    meta_number,  ///< line, offset, row
    meta_time,    ///< time, arrival
    // Columns of a result, for `where` behind an aggregation (pipe_plan.h).
    result_text,    ///< a value that events were grouped by; an empty one is none
    result_number,  ///< a measure
    result_time,    ///< a bucket, or the least or greatest time
};

/// Where a field is: its kind, its column (empty: none) and its name in the store's map (empty:
/// none).
struct FieldPlace {
    FieldKind kind = FieldKind::anywhere;
    std::string column = {};
    std::string name = {};
    event::FieldId id = event::kNoField;  ///< of schema fields
};

/// Every name is a field. `@timestamp` is `time`, `raw` and the empty name are the record's text.
FieldPlace place_of(std::string_view name);

bool is_schema_name(std::string_view name);
/// Letters, digits, dots, dashes, underscores, beginning with a letter, `_` or `@`.
bool is_plain_name(std::string_view name);
/// An IPv6 address or a hardware address: text with colons that is no field.
bool looks_like_address(std::string_view text);
/// A field's name as a query has to spell it: in quotes if it is no plain name.
std::string print_field(std::string_view name);

/// Steps of inserting, removing and replacing characters from one text to the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known name (schema or ours) that `name` was most likely meant to be, if it is none of them
/// and one is near: for "did you mean".
std::optional<std::string> nearest_field(std::string_view name);

}  // namespace vedette::rule::search
