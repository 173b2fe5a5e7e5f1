// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/engine.h"

/// What is kept and what goes, as the admin socket asks for it. All answers are JSON lines; errors
/// are those of engine/retention.h, engine/holds.h and engine/forget.h, and bad_input for a body
/// that is no object of the members named.
namespace vedette::serve {

/// Three kinds of lines, told apart by "is": one "retention", one "forecast", then a "data_set" for
/// each.
base::Result<std::string> retention_status(engine::Engine& engine);
/// What a pass would remove now: lines "cut" (one for each data set), "partial", then one "plan"
/// with the sums.
base::Result<std::string> retention_plan(engine::Engine& engine);
/// Decides a pass now: {"offset": its record}, 0 if there was nothing to remove.
base::Result<std::string> retention_run(engine::Engine& engine);

base::Result<std::string> hold_list(engine::Engine& engine);
/// Body: {"name","query","reason","by"[,"from"][,"to"]}
base::Result<std::string> hold_add(engine::Engine& engine, std::string_view body);
/// Body: {"name","by"}
base::Result<std::string> hold_release(engine::Engine& engine, std::string_view body);

/// Body: {"user" or "query"}; what a deletion would take.
base::Result<std::string> forget_plan(engine::Engine& engine, std::string_view body);
/// Body: {"user" or "query","reason","by"}; {"id"} of the deletion that has begun.
base::Result<std::string> forget_begin(engine::Engine& engine, std::string_view body);
base::Result<std::string> forget_status(engine::Engine& engine);

}  // namespace vedette::serve
