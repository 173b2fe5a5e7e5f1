// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "apps/vedette/doctor_checks.h"

namespace vedette::apps {

// What the running server does by itself, from its answers on the admin socket: lines of JSON, as
// serve/intel_request.h and engine/rule_replays/replay_json.h have them.

/// Feeds of indicators that cannot be got or read, one line each, or one that says all is well.
/// Nothing where there are no feeds.
std::vector<CheckUp> check_feeds(std::string_view lines);

/// New rules that could not be replayed over the history, one line each, and how many wait.
/// Nothing where there were none.
std::vector<CheckUp> check_replays(std::string_view lines);

/// Analytics that cry clearly more often than they promise, one line each, or one that says all is
/// well. Nothing where none are in force. `lines`: engine/standings.h.
std::vector<CheckUp> check_promises(std::string_view lines);

}  // namespace vedette::apps
