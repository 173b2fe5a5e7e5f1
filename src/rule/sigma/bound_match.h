// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "rule/sigma/bound_rule.h"
#include "rule/sigma/event_view.h"
#include "rule/sigma/hit.h"

namespace vedette::rule::sigma {

// The current event of a view asked by a bound rule, as the specification reads (matcher.h).

bool fits(const BoundWay& way, EventView& event);

bool meets(const BoundRule& bound, const FieldTable& table, EventView& event);

/// The tests that made a rule true, in the order of the condition: of alternatives the first that
/// holds, of negations none; one line with the condition if it is true by negations alone. Empty if
/// the event does not meet the rule.
std::vector<MatchedTest> explain(const Rule& rule, const BoundRule& bound, const FieldTable& table,
                                 EventView& event);

}  // namespace vedette::rule::sigma
