// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rule/sigma/event_view.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// A line of a selection with its field's slot; `test` lives in the rule.
struct BoundTest {
    const FieldTest* test = nullptr;
    Slot slot = kNoSlot;  ///< kNoSlot for keywords
};

/// Whether a text stands in a place of another one.
bool stands_in(ReferenceTest::Position position, std::string_view text, std::string_view other);

/// Whether the event meets the line. The meaning is told in matcher.h.
bool meets(const BoundTest& bound, const FieldTable& table, EventView& event);

/// The element that meets one value of a line, or nullptr: nobody does, or the line asks for
/// absence.
FieldValue* find_met(const BoundTest& bound, const RuleValue& value, const FieldTable& table,
                     EventView& event);

/// Whether one value of a line is met, negation aside.
bool is_met(const BoundTest& bound, const RuleValue& value, const FieldTable& table,
            EventView& event);

}  // namespace vedette::rule::sigma
