// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "engine/engine.h"

namespace vedette::serve {

/// Begins to learn from the history: {"from_ns", "to_ns", "analytic": text of one file or nothing,
/// "adopt": 1 where it comes into force}.   Errors: those of LearnJob::begin; bad_input.
base::Result<std::string> learn_history(engine::Engine& engine, std::string_view body);

}  // namespace vedette::serve
