// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "rule/search/time_text.h"

namespace vedette::apps {

/// The part of the history that a person asks for: `last` ("90d"), or `from` and `to`; the last
/// thirty days where nothing is said. Both ends are given.
/// Errors: bad_input; limit beyond ten years.
base::Result<rule::search::TimeRange> history_range(const std::string& last,
                                                    const std::string& from, const std::string& to);

}  // namespace vedette::apps
