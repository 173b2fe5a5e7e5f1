// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rule/intel/indicator.h"

namespace vedette::rule::intel {

/// What of a pattern single values can say.
struct StixPattern {
    /// Each by itself is what the pattern looks for.
    std::vector<std::pair<IndicatorType, std::string>> values;
    /// Why other parts of it are no indicators, each reason in a few words: "AND of several tests".
    std::vector<std::string> refused;
};

/// Reads a pattern: tests with `=`, `IN` and (for addresses) `ISSUBSET` that are joined by OR,
/// within an observation and between observations, give their values. Everything else is refused by
/// name, and never read as less than it says: AND, FOLLOWEDBY, NOT, LIKE, MATCHES, WITHIN, REPEATS,
/// START, other objects. A pattern that is none gives one reason and no value.
/// Limits: kPatternBytesMax, kPatternDepthMax.   Source: STIX 2.1 section 9
StixPattern read_stix_pattern(std::string_view text);

}  // namespace vedette::rule::intel
