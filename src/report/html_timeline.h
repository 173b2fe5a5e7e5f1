// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cases/incident.h"
#include "report/words.h"

namespace vedette::report {

/// When what happened: one lane per level, one bar per incident, each leading to its section (#i1
/// is the first of `shown`). Empty for fewer than two incidents, where it would say nothing.
std::string html_timeline(const std::vector<const cases::Incident*>& shown, Zone zone);

}  // namespace vedette::report
