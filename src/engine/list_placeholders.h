// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "detect/registry.h"
#include "event/lookup_set.h"

namespace vedette::engine {

/// Makes the values of look-up lists stand for `%name%` in the rules that say it, so that they are
/// part of the rule set and named by its hash. A placeholder of the configuration has the name
/// before a list has it. Lists that no rule mentions are left out: changing one does not make
/// another rule set.
/// A list that a placeholder cannot tell (too long, with times, of domains, with wildcards) becomes
/// a refusal that says what to write instead.   Limits: kPlaceholderValuesMax values.
void add_list_placeholders(detect::DetectorInputs& inputs, const event::LookupSet& lists);

}  // namespace vedette::engine
