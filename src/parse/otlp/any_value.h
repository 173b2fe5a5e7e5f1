// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event/batch.h"

namespace vedette::parse::otlp {

/// A value as OTLP's JSON has it, {"stringValue":"x"}, opened one level.
struct AnyValue {
    enum class Kind : std::uint8_t { none, scalar, list, map, bytes };
    Kind kind = Kind::none;
    event::ValueKind scalar = event::ValueKind::null;
    /// Of a string, as written between its quotes; of other scalars the text; of a list or map the
    /// JSON list of its elements or pairs; of bytes base64.
    std::string_view text = {};
};

/// Opens a value. None for one that is empty or that we do not know. Of several members the last
/// one counts.   Lives: views into `written`, which is JSON.
AnyValue read_any_value(std::string_view written);

/// A pair as {"key":"k","value":{...}}; `key` as written.
struct KeyValue {
    std::string_view key, value;
};
KeyValue read_key_value(std::string_view written);

/// Appends a value as plain JSON: {"kvlistValue":...} becomes an object. What is nested deeper than
/// event::kDepthMax becomes null, and `is_truncated` is set.
void append_plain_json(const AnyValue& value, std::string& out, bool& is_truncated,
                       std::size_t depth = 0);

}  // namespace vedette::parse::otlp
