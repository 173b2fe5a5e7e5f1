// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/batch.h"

namespace vedette::engine::learning {

/// Events that nothing may be learned from, though they were stored and judged: those of a
/// confirmed attack. In order, each once.
using EventIds = std::vector<event::EventId>;

/// Reads ids as findings show them (`offset:row`), apart by blanks or lines; `#` begins a comment.
/// In order of the text, and as often as they are there.
/// Errors: bad_input with the number of the line (never its text: it may be anything); limit beyond
/// kSubtractedMax.
base::Result<EventIds> read_event_ids(std::string_view text);

/// Puts them in order, each once.   Returns: how many were there again.
std::size_t put_in_order(EventIds& ids);
/// `ids` in order.
bool contains(const EventIds& ids, event::EventId id);

/// The kept list of a data folder as bytes: a line that says what it is, then an id a line. Equal
/// lists are equal bytes, so that their name is one.
std::string encode_subtracted(const EventIds& ids);
/// Errors: corrupt for what encode_subtracted() does not write; limit.
base::Result<EventIds> decode_subtracted(std::string_view bytes);

}  // namespace vedette::engine::learning
