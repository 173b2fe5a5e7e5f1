// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace vedette::rule::sigma {

/// How much a match is worth to a person, in order.   Source: Sigma rules specification, "Level"
enum class Level : std::uint8_t { informational, low, medium, high, critical };

std::string_view name(Level level);

}  // namespace vedette::rule::sigma
