// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/rules/event_texts.h"
#include "event/batch.h"
#include "rule/search/hit.h"

namespace vedette::engine::replay {

/// The id of an event as a person writes it: offset and row with `.`, `:` or `/` between them (what
/// searches, replays and incidents show), a node's number and `/` in front or not. Nothing if the
/// text is something else.
std::optional<event::EventId> event_id_of(std::string_view text);

/// An event that a search found, made an event again, as a row of a batch.
struct FoundEvent {
    const event::Batch* batch = nullptr;
    std::uint32_t row = 0;
    /// Whether it is the record, decoded again; else the store's fields, of which null and "null",
    /// and a list and its text, are told apart by guess. Look-up lists make it so: what they added
    /// is in the store and not in the record.
    bool is_of_record = false;
};

/// `format`: of the record; empty: recognised.   Errors: bad_input for an unknown format.   Lives:
/// `spare` takes the store's fields and must be of texts.fields(); the event lives until `texts` or
/// `spare` is used again.
base::Result<FoundEvent> found_event(const rule::search::Hit& hit, const std::string& format,
                                     EventTexts& texts, event::Batch& spare);

}  // namespace vedette::engine::replay
