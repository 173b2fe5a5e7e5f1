// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/engine.h"

namespace vedette::serve {

/// Answers the body of POST /api/rules/replay, a JSON object:
///   rule      the text of a rule file
///   id        of the rule in it, where it holds several
///   from_ns, to_ns   of the events' own time, at most a day and an hour apart
/// with engine/replay/replay_json.h. Log sources and placeholders are those in force. Whoever wants
/// more than a day asks day by day, and can stop between two.
/// Errors: bad_input; limit; those of the store.
base::Result<std::string> replay_rule(engine::Engine& engine, std::string_view body);

/// Answers the body of POST /api/rules/replay/days, `from_ns` and `to_ns` alone: on which days of
/// any time there are events, and how many, as replay_json.h has them, for asking for those days
/// only. Errors: as above.
base::Result<std::string> replay_days(engine::Engine& engine, std::string_view body);

inline constexpr std::int64_t kReplaySpanNsMax = 25 * 3'600 * base::kNsPerSecond;

}  // namespace vedette::serve
