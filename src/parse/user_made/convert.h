// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "event/batch.h"
#include "parse/user_made/definition.h"
#include "parse/user_made/row_text.h"

namespace vedette::parse::user_made {

/// One value of a row that is being made.
struct Value {
    const char* data = nullptr;
    std::uint32_t size = 0;
    event::ValueKind kind = event::ValueKind::text;
    bool is_there = false;

    std::string_view text() const { return {data, size}; }
    void set(std::string_view text, event::ValueKind new_kind = event::ValueKind::text) {
        data = text.data();
        size = static_cast<std::uint32_t>(text.size());
        kind = new_kind;
        is_there = true;
    }
};

/// Converts in place. False: the value is nothing of the kind; it is then as it was.
/// Lives: the new bytes are `room`'s.
bool convert(Conversion conversion, Value& value, RowText& room);

/// Whether a text is a number as JSON writes it, so that it can stand without quotes.
event::ValueKind number_kind(std::string_view text);

}  // namespace vedette::parse::user_made
