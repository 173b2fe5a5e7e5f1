// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/engine.h"

namespace vedette::serve {

inline constexpr std::string_view kLivePath = "/api/live";

/// Answers the body of POST /api/live: {"query": text, "next": number}, the number as the last
/// answer gave it, or none to begin now. Waits up to kLiveWaitMs for news. Gives JSON lines: the
/// events that match as a search gives them, in the order in which they came, and at the end
/// {"next":..., "behind_records":..., "lost_records":...}.
///
/// Nothing is kept between two requests, so a slow reader costs nobody anything: it is behind,
/// which it is told, and misses what the journal had to let go meanwhile, which is counted.
/// Errors: bad_input for the body or the query; a query that makes a table or sorts is refused.
base::Result<std::string> live(engine::Engine& engine, std::string_view body);

}  // namespace vedette::serve
