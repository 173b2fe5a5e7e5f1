// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "detect/standing.h"

namespace vedette::engine {

/// Under this name state/ keeps how detectors keep their promises, for `vedette analytics
/// standings` and doctor: written with every checkpoint, read by nothing that decides.
inline constexpr std::string_view kStandingsSnapshot = "standings";

/// One JSON object a line.
std::string standings_json(const std::vector<detect::Standing>& standings);

/// Errors: corrupt.
base::Result<std::vector<detect::Standing>> standings_of_json(std::string_view text);

}  // namespace vedette::engine
