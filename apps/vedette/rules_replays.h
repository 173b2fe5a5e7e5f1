// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/vedette/rules_options.h"

namespace vedette::apps {

/// `vedette rules replays`: rules that were new in the running server, or the last one, and what
/// came of replaying them over the history.   Returns: exit code
int replays(const RulesOptions& options);

}  // namespace vedette::apps
