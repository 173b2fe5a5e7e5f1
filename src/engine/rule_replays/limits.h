// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of replaying rules that are new over the history.
namespace vedette::engine::rule_replays {

/// Findings of one rule, the oldest first: enough to see what there was; the others are counted.
inline constexpr std::size_t kFindingsMax = 1'000;
/// And their bytes in the journal: a finding names every value that its rule looks at.
inline constexpr std::size_t kFindingBytesMax = 16u << 20;
/// Events that the rules of one correlation match, the oldest first; behind them it is not judged.
inline constexpr std::size_t kCorrelationEventsMax = 200'000;
/// Events that are asked for whole at once; each may hold a record of a megabyte.
inline constexpr std::size_t kEventsPerQuestion = 200;
/// Contents of rules that are remembered; past it the oldest are forgotten, and a rule that comes
/// back after that is replayed again. A set has at most half of it.
inline constexpr std::size_t kKnownMax = 200'000;
/// Replays that are over and still shown.
inline constexpr std::size_t kShownMax = 2'000;
/// Sets that came into force and were not looked at yet.
inline constexpr std::size_t kSetsMax = 64;
/// Rules of one record of the journal.
inline constexpr std::size_t kRulesMax = 200'000;
/// Between two tries to ask a store that does not answer.
inline constexpr int kRetryMs = 30'000;
/// How often the store is looked at while it has not come far enough.
inline constexpr int kLookMs = 200;

}  // namespace vedette::engine::rule_replays
