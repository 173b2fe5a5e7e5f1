// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace vedette::rule::sigma {

/// A rule that is true on an event.
struct Hit {
    std::uint32_t row = 0;
    std::uint32_t rule = 0;  ///< index into the matcher's rules()
    std::uint32_t way = 0;   ///< the first way of the log source by which it is true; for explain()
    auto operator<=>(const Hit&) const = default;
};

/// One line of why a rule is true on an event.
struct MatchedTest {
    std::string field;     ///< where; of a keyword, the field it was found in
    std::string observed;  ///< the value, cut to kShownBytesMax around what was found
    std::string expected;  ///< what the rule asks
};

}  // namespace vedette::rule::sigma
