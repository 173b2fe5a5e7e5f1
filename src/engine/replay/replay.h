// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/batch.h"
#include "rule/search/sql.h"
#include "rule/search/time_text.h"
#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"
#include "store/client.h"

namespace vedette::engine::replay {

struct ReplayOptions {
    rule::search::TimeRange range;          ///< of the events' own time; both ends given
    std::uint64_t offset_max = UINT64_MAX;  ///< only records journalled up to here
    /// Columns that are read instead of the map; nullptr: none.
    std::shared_ptr<const rule::search::PromotedColumns> promoted = nullptr;
    bool is_pushed_down =
        true;                 ///< false: every event of the range is read, for measures and tests
    bool is_compiled = true;  ///< false: judged by the plain matcher, for measures and tests
    /// More events than this are read in two halves at once, because the store gives one answer
    /// with one thread.
    std::uint64_t half_events_min = 200'000;
    int threads = 0;          ///< of the store; 0: as many as it likes; 1: never in halves
    bool is_frugal = false;   ///< in small pieces, where the store has little memory left
    std::size_t ids_max = 0;  ///< hits whose ids are kept, the oldest first
};

struct ReplayDay {
    std::uint64_t events = 0, hits = 0;
};

/// A hit, for looking it up.
struct ReplaySample {
    event::EventId id;
    base::Timestamp time;
    std::string dataset, host, user;
};

/// What a rule would have raised. Results of different days can be added up.
struct ReplayResult {
    std::uint64_t events = 0;      ///< in the range
    std::uint64_t candidates = 0;  ///< of them, those that the store could not rule out
    std::uint64_t hits = 0;
    std::uint64_t records_decoded = 0;  ///< events whose columns did not tell enough
    /// Of them, those whose record did not tell either, by an unknown format or an unlike result;
    /// they count as their columns read at first sight.
    std::uint64_t undecided = 0;
    std::map<std::int32_t, ReplayDay> days;  ///< by day since 1970, UTC
    /// field -> value -> hits: of the rule's fields and those that tell host, user and process.
    std::map<std::string, std::map<std::string, std::uint64_t>> values;
    bool are_values_complete = true;    ///< false: there were more different ones than are counted
    std::vector<ReplaySample> samples;  ///< the first few
    std::vector<event::EventId> ids;    ///< as ReplayOptions::ids_max says
    std::vector<base::Timestamp> id_times;  ///< beside ids
    /// Fields that the store looked for in its map, or in a column that they have by promotion.
    std::set<std::string> map_fields;

    void add(const ReplayResult& other);
};

/// How far a replay is; false from whoever is told stops it.
struct ReplayProgress {
    std::uint64_t candidates = 0, hits = 0;
};
using ReplayWatcher = std::function<bool(const ReplayProgress&)>;

/// Judges stored events by a rule as if it had been there when they came.
///
/// The store gives the rows that the rule can be true on (rule/sigma/superset_sql.h), with the
/// fields it asks for alone; from them events are made again (stored_row.h) and judged exactly, so
/// the result is that of the plain matcher on everything. Where a value may have been two things,
/// all readings are judged; if they disagree the stored record is decoded again and decides.
/// Memory does not grow with the range, but for what is counted by day and value. The watcher is
/// told by one thread at a time.
/// Errors: those of the store; bad_input for a rule whose log source is not placed; cancelled by
/// the watcher. Cost: docs/measures/.   Threads: one at a time.
base::Result<ReplayResult> replay(const store::ClientOptions& store, const rule::sigma::Rule& rule,
                                  const rule::sigma::LogSourceMap& sources,
                                  const ReplayOptions& options, const ReplayWatcher& watch);

}  // namespace vedette::engine::replay
