// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/vedette/rules_options.h"

namespace vedette::apps {

/// `vedette rules explain`: of a text, a file, standard input, or an event of the store.
/// Returns: exit code
int explain(const RulesOptions& options);

}  // namespace vedette::apps
