// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// Whether a field has ever come among some events.
using HasField = std::function<bool(std::string_view field)>;

/// Whether a rule could be true on an event that has no other fields than those that have ever
/// come, whatever their values: then nothing. Else the fields that would have to come, of the way
/// to the condition that lacks the fewest of them, in the rule's order. `way`: names fields that
/// stand in for others. Keywords are met by any event. Does not promise: that a rule that could be
/// true ever is.
std::vector<std::string> missing_fields(const Rule& rule, const LogSourceWay& way,
                                        const HasField& has_field);

/// Whether events of this data set, with no other fields than those that have come, could be of the
/// log source in this way.
bool could_be(const LogSourceWay& way, std::string_view dataset, const HasField& has_field);

}  // namespace vedette::rule::sigma
