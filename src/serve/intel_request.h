// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/http_server.h"
#include "base/result.h"
#include "engine/engine.h"

namespace vedette::serve {

/// GET /api/intel: how each feed stands, a JSON object a line.
std::string intel_status(engine::Engine& engine);
/// POST /api/intel/pull?feed=NAME&accept=1: looks at one feed, or all. Returns at once.
base::Result<std::string> intel_pull(engine::Engine& engine, const base::HttpRequest& request);

}  // namespace vedette::serve
