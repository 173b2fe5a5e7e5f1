// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "cases/finding.h"
#include "engine/rule_replays/replayed_rule.h"
#include "journal/journal.h"
#include "rule/search/sql.h"
#include "store/client.h"

namespace vedette::engine::rule_replays {

/// What of the store is looked at: events from a moment on, of before a record.
struct HistoryRange {
    std::int64_t from_ns = 0;    ///< of the events' own time
    journal::Offset before = 0;  ///< the record that put the rule in force
};

struct HistoryFindings {
    std::uint64_t events = 0;    ///< in the range
    std::uint64_t hits = 0;      ///< of them, those on which the rule, or one referred to, is true
    std::uint64_t left_out = 0;  ///< findings beyond the bounds, as far as they are known
    bool is_cut = false;  ///< of a correlation, the events behind kCorrelationEventsMax are missing
    std::vector<cases::Finding> findings;
};

/// How many events were read so far; false from whoever is told stops it.
using HistoryWatcher = std::function<bool(std::uint64_t candidates)>;

/// What a rule would have found in the events of the store if it had been there when they came.
///
/// The events on which it is true are looked for as `vedette rules replay` does
/// (engine/replay/replay.h); the oldest are fetched whole, and judged by the detector itself, so
/// the findings are those that it would have made, with its ids, marked as retrospective. A
/// correlation is given the events that its rules match, in the order of their time, with the clock
/// following them.
/// The store answers with one thread, behind everything else.
/// Errors: those of the store; cancelled by the watcher.
/// Limits: limits.h. Values that the store cannot tell apart (a mark and its text) are read in the
/// way in which the rule is true.
base::Result<HistoryFindings> find_in_history(
    const store::ClientOptions& store, const ReplayedRule& rule, const HistoryRange& range,
    std::shared_ptr<const rule::search::PromotedColumns> promoted, const HistoryWatcher& watch);

}  // namespace vedette::engine::rule_replays
