// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "engine/rule_replays/replayer.h"

namespace vedette::engine::rule_replays {

/// A line for each replay, in the order in which they came:
/// {"rule","title","state","reason","from","set","offset","when","events","hits","findings",
///  "known_before","left_out","is_cut","looked_at","content"}
/// `state`: waiting, running, done, failed, skipped; `from` and `when` (of its end) as RFC 3339,
/// `when` empty while it is not over; `looked_at` of one that is running.
std::string to_json_lines(const ReplaysStatus& status);

}  // namespace vedette::engine::rule_replays
