// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event/batch.h"

namespace vedette::parse::windows {

/// Where in the XML of a Windows event an element stands: what its children mean depends on it.
/// Source: Microsoft Learn, "Event Schema"
enum class Place : std::uint8_t {
    document,     ///< before the root
    event,        ///< in <Event>
    system,       ///< in <System>
    system_item,  ///< in one of its elements
    event_data,   ///< in <EventData>: <Data Name="...">
    user_data,    ///< in <UserData> or anything unknown: leaves count by their own names
    rendering,    ///< in <RenderingInfo>: text in the language of the machine that rendered it
};

/// What an element of an event becomes: the rules that evtx and event XML share.
struct ElementMeaning {
    Place inside = Place::user_data;  ///< where its children stand
    /// Field of its text, as rules know it, unless it has children; empty: its text is none.
    std::string field = {};
    /// The name as written, where it has blanks, which rules leave out.
    std::string written = {};
    event::ValueKind kind = event::ValueKind::text;
    bool has_empty_value = false;  ///< without content it is an empty text, not an absent one
};

/// `name` is the element's local name, `data_name` its attribute Name ("" if it has none).
ElementMeaning meaning_of_element(Place parent, std::string_view name, std::string_view data_name);

/// The field of an attribute; empty if it has none. Only those below <System> have.
std::string field_of_attribute(Place parent, std::string_view element, std::string_view attribute);

/// Numbers of the header stay numbers: EventID, Level, Execution_ProcessID.
event::ValueKind kind_of_header_field(std::string_view field);

/// The name behind its prefix: "Data" of "e:Data".
std::string_view local_name(std::string_view name);

}  // namespace vedette::parse::windows
