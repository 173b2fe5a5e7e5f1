// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/counters.h"
#include "base/files.h"
#include "correlate/grouper.h"
#include "engine/event_clock.h"
#include "engine/judge.h"
#include "engine/step.h"
#include "store/state/state_store.h"

namespace vedette::engine {

class StoreFeed;

/// Names of the views whose progress is kept in state/.
inline constexpr std::string_view kFindingsView = "findings";
inline constexpr std::string_view kStoreView = "store";

struct PipelineParts {
    journal::Journal& journal;
    const parse::Registry& formats;
    const detect::Registry& detectors;
    BatchPool& pool;
    store::StateStore& state;
    base::Files& files;
    base::CounterRegistry& counters;
    StoreFeed* feed;  ///< nullptr where no store is kept
    std::string ruleset_folder;
    std::size_t rows_max;  ///< rows judged in one go
};

/// The one thread that reads the journal on, judges what it reads and commits what it concluded.
///
/// Each step's findings, incidents, inbox rows, source positions and the offset reached are one
/// transaction, so after a kill at any moment each record's effect is there exactly once. It never
/// waits for the store: what the feed has no room for, the feed reads again by itself.
/// An error of the state store stops the pipeline's progress, not the program: the step is tried
/// again, the journal goes on taking records, /metrics and the log tell.
/// Threads: start and stop from one thread; the numbers from any.
class Pipeline {
  public:
    explicit Pipeline(PipelineParts parts);
    ~Pipeline();

    /// Puts back where the last run stood. Before start().
    /// Errors: those of the state store; not_found or corrupt for the rule set in force.
    base::Result<void> restore();
    void start();
    void stop();

    /// Everything up to this offset was judged and committed.
    journal::Offset applied() const { return applied_.load(); }
    /// The same, and safe on disk even after a loss of power.
    journal::Offset synced() const { return synced_.load(); }

    /// name -> checksum of detectors and grouper. Only while the pipeline stands still.
    std::vector<std::pair<std::string, std::uint64_t>> checksums() const;

  private:
    void run();
    base::Result<void> apply(Step& step);
    base::Result<void> apply_item(StepItem& item, store::StateTransaction& transaction);
    base::Result<void> judge(const event::Batch& batch, store::StateTransaction& transaction);
    base::Result<void> conclude(cases::Finding finding, store::StateTransaction& transaction);
    base::Result<void> put_incidents(store::StateTransaction& transaction);
    base::Result<void> use_ruleset(const std::string& hash_hex);
    base::Result<void> put_back(journal::Offset offset);
    void housekeeping(bool is_forced);

    PipelineParts parts_;
    base::StageCounters& parse_stage_;
    base::StageCounters& detect_stage_;
    base::StageCounters& state_stage_;
    StepReader reader_;
    Judge judge_;
    EventClock clock_;
    correlate::Grouper grouper_;
    std::string ruleset_;  // hash of the set in force
    bool grouper_changed_ = false;
    std::atomic<journal::Offset> applied_{0};
    std::atomic<journal::Offset> synced_{0};
    journal::Offset store_committed_ = 0, store_synced_ = 0;
    std::vector<store::InboxRow> store_refused_;
    std::int64_t last_housekeeping_ms_ = 0;
    std::atomic<bool> is_stopping_{false};
    std::thread thread_;
};

}  // namespace vedette::engine
