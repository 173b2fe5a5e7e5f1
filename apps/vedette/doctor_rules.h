// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "apps/vedette/doctor_checks.h"
#include "detect/registry.h"
#include "engine/coverage.h"

namespace vedette::apps {

/// Holds the fields that rules test against those that have ever come: which rules can never fire
/// here, and why; for which log sources there are rules and no events.
/// What it does not promise: engine/rules/rule_reach.h.
std::vector<CheckUp> check_reach(const detect::DetectorInputs& rules,
                                 const engine::Coverage& coverage);

}  // namespace vedette::apps
