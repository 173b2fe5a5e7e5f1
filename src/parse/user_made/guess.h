// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::parse::user_made {

/// Looks at sample lines and writes a definition to begin with: JSON, pairs, a table, or a dissect
/// pattern that fits nearly all of them. What it guessed is in comments for a person to judge.
/// Errors: bad_input if there is no line, or the name is none.   Cost: the first kGuessedLinesMax.
base::Result<std::string> guess_definition(std::string_view name,
                                           const std::vector<std::string>& lines);

inline constexpr std::size_t kGuessedLinesMax = 200;

}  // namespace vedette::parse::user_made
