// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "rule/sigma/event_view.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// How near a value came to a test that it does not meet.
struct Nearness {
    double share_01 = 0;  ///< of what is asked; only for comparing
    std::string text;     ///< for people: "has \"tz.exe\", 6 of 12 bytes"
};

/// Nothing where the value is far off, or where the kind of test knows no nearness (regular
/// expressions, references, null). Does not promise: to be a measure; it is a hint for whoever
/// wonders why a rule is silent.   Cost: product of the two lengths, each cut to kNearBytesMax.
std::optional<Nearness> nearness(const ValueTest& test, FieldValue& value);

inline constexpr std::size_t kNearBytesMax = 512;

}  // namespace vedette::rule::sigma
