// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "engine/engine.h"

namespace vedette::serve {

/// Begins to learn from the history: {"from_ns", "to_ns", "analytic": text of one file or nothing,
/// "adopt": 1 where it comes into force}.   Errors: those of LearnJob::begin; bad_input.
base::Result<std::string> learn_history(engine::Engine& engine, std::string_view body);

/// Begins to learn once more from the history of what is in force, up to now, without some events:
/// {"subtract": ids, apart by blanks, "restore": ids that are no longer left out}.
/// Errors: those of LearnJob::begin; bad_input, limit for the ids.
base::Result<std::string> subtract_events(engine::Engine& engine, std::string_view body);
/// The events that are left out: {"event":"offset:row"}, a line each.
/// Errors: those of LearnJob::subtracted.
base::Result<std::string> subtracted_events(engine::Engine& engine);

}  // namespace vedette::serve
