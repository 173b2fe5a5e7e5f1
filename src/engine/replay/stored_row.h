// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"

namespace vedette::engine::replay {

/// A value as the store has it.   Lives: borrows from the store's answer.
struct StoredValue {
    std::string_view field, text;
    bool is_in_map = false;  ///< where marks and lists stand for what they are
};

/// An event as the store has it, or the fields of it that somebody asked for.
struct StoredRow {
    event::EventId id;
    base::Timestamp time;
    std::string_view dataset, raw;
    std::uint16_t flags = 0;
    std::string_view source, origin;  ///< these and `line`, `raw`: where all was asked for
    std::uint64_t line = 0;
    std::vector<StoredValue> values;
    std::deque<std::string> numbers;  ///< texts of values of number columns
};

/// The elements of a list as store/encoder.h writes it; nothing where the text cannot be one, so
/// that it is a text for certain: lists have two elements or more, texts are in quotes.
struct ListElement {
    std::string text;
    event::ValueKind kind = event::ValueKind::text;
};
std::vector<ListElement> list_elements(std::string_view text);

/// Which of a row's values may have been two things, as the store keeps one text for both: null and
/// "null", [] and "[]", {} and "{}", several values and the text of a JSON array. Indexes.
std::vector<std::size_t> ambiguous_values(const StoredRow& row);

/// Puts the row into a batch as the decoder had it. `as_text`: bit i says that the i-th of the
/// ambiguous values is the text and not the mark or list; values beyond kAmbiguousMax are marks.
/// Exact but for: which cells were linked, and the kinds of scalars, which rules do not ask.
void add_row(event::Batch& batch, const StoredRow& row, unsigned as_text);

/// The text under which the store has the cells of one field: what two rows are compared by.
std::string stored_text(const event::Batch& batch, event::FieldId field, std::uint32_t row);

/// Whether a decoded row has the data set and every value that the store has. Values that the store
/// does not have are not asked for: nothing takes any away.
bool is_same(const StoredRow& stored, const event::Batch& batch, std::uint32_t row);

}  // namespace vedette::engine::replay
