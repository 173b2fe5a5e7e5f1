// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/counters.h"
#include "base/files.h"
#include "engine/clock_watch.h"
#include "engine/decisions.h"
#include "engine/judgement.h"
#include "engine/step.h"
#include "store/state/state_store.h"

namespace vedette::engine {

namespace rule_replays {
class Replayer;
}
class SearchRunner;
class StoreFeed;
namespace learning {
class KeptLearned;  // learning/kept_learned.h
}
namespace files {
class FileWatch;  // files/file_watch.h
}

/// Names of the views whose progress is kept in state/.
inline constexpr std::string_view kFindingsView = "findings";
inline constexpr std::string_view kStoreView = "store";
/// Decisions up to its offset are carried out in the store.
inline constexpr std::string_view kRemovalsView = "removals";

struct PipelineParts {
    journal::Journal& journal;
    const parse::Registry& formats;
    const detect::Registry& detectors;
    BatchPool& pool;
    sandbox::Pool& workers;  ///< decode what is risky to read
    store::StateStore& state;
    KeptLists& lists;  ///< that rows are looked up in
    intel::KeptIndicators& indicators;
    learning::KeptLearned& learned;
    base::Files& files;
    base::CounterRegistry& counters;
    StoreFeed* feed;                   ///< nullptr where no store is kept
    SearchRunner* searches;            ///< nullptr where none can be done
    rule_replays::Replayer* replayer;  ///< the same
    files::FileWatch* files_named;     ///< nullptr where files are not looked at
    std::string ruleset_folder;
    std::size_t rows_max;  ///< rows judged in one go
};

/// The one thread that reads the journal on, judges what it reads and commits what it concluded.
///
/// Each step's findings, inbox rows and source positions are one transaction. Incidents follow when
/// the pipeline has caught up, and while it has not every kIncidentsMs: a busy incident would
/// otherwise be written again with each step. Every kCheckpointMs, or more seldom where that takes
/// long (the stream stands still meanwhile), all that is held in memory is saved under the offset
/// reached, and `applied` of the findings view moves there. After a kill at
/// any moment the next start goes on behind that offset: what lies after it is judged again, and
/// since everything concluded has an id made from what it is about, writing it again changes
/// nothing. An effect that cannot be written twice must not be made here.
///
/// It never waits for the store: what the feed has no room for, the feed reads again by itself.
/// An error of the state store stops the pipeline's progress, not the program: it goes back to the
/// last checkpoint and tries again, the journal goes on taking records, /metrics and the log tell.
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

    /// Everything up to this offset was judged and committed; with its incidents if it is the
    /// journal's end.
    journal::Offset applied() const { return applied_.load(); }

    /// Detectors of a rule set whose control record is about to be journalled; see
    /// Judge::prepare().
    void prepare_rules(const base::Hash128& set, DetectorSet made) {
        judgement_.judge.prepare(set, std::move(made));
    }

    /// Offset of the newest record about keeping and removing that was applied; 0: none ever.
    journal::Offset last_decision() const { return last_decision_.load(); }

    /// Runs `use` in the pipeline's thread, between two steps, and waits for it: the state belongs
    /// to that thread.   Errors: those of `use`; cancelled once it has been stopped.
    base::Result<void> on_state(std::function<base::Result<void>(store::StateStore&)> use);
    /// The same with who learns groups of entities.   Errors: also unsupported where nobody does.
    base::Result<void> on_peers(std::function<base::Result<void>(detect::PeerKeeper&)> use);
    /// What was put in force last of what was learned of a history.
    /// Errors: cancelled once it has been stopped.
    base::Result<learning::Lesson> lesson();
    /// Within on_state() only: forgets everything concluded from the journal as far back as it
    /// goes, and judges it again from there. For records that have changed.
    base::Result<void> judge_again();

    /// name -> checksum of detectors and grouper. Only while the pipeline stands still.
    std::vector<std::pair<std::string, std::uint64_t>> checksums() const {
        return judgement_.checksums();
    }

  private:
    void run();
    void take(Step step);
    base::Result<void> apply(Step& step);
    base::Result<void> apply_item(StepItem& item, store::StateTransaction& transaction);
    base::Result<void> apply_search_run(const SearchRun& run, store::StateTransaction& transaction);
    void offer_due_searches(bool has_caught_up, journal::Offset offset);
    void offer_replays(bool has_caught_up, journal::Offset offset);
    base::Result<void> restore_replays();
    base::Result<void> restore_lesson();
    base::Result<void> apply_replay(const rule_replays::ReplayOutcome& outcome,
                                    store::StateTransaction& transaction);
    base::Result<void> apply_control(const Control& control, store::StateTransaction& transaction);
    base::Result<void> apply_decision(journal::Offset offset, std::string_view payload,
                                      const Decision& decision,
                                      store::StateTransaction& transaction);
    base::Result<void> judge(const event::Batch& batch, store::StateTransaction& transaction);
    base::Result<void> note_arrivals(const event::Batch& batch,
                                     store::StateTransaction& transaction);
    base::Result<void> restore_decisions();
    base::Result<void> restore_old_decisions();
    base::Result<void> cut_store_inbox(journal::Offset stored,
                                       store::StateTransaction& transaction);
    base::Result<void> conclude(const cases::Finding& finding,
                                store::StateTransaction& transaction);
    base::Result<void> put_incidents(store::StateTransaction& transaction);
    /// Back to the last checkpoint.
    base::Result<void> put_back();
    void recover(const base::Error& why);
    base::Result<void> checkpoint();
    base::Result<void> commit_store_progress();
    void housekeeping(bool is_forced);
    void run_tasks();
    void end_tasks();

    /// What of the inbox's stage "store" goes once the store has come so far: the store is behind
    /// or ahead of the pipeline, and either way the same must be left.
    struct InboxCut {
        journal::Offset when_stored = 0, before = 0;
    };
    struct Task {
        std::function<base::Result<void>(store::StateStore&)> use;
        std::promise<base::Result<void>> done;
    };

    PipelineParts parts_;
    base::StageCounters& parse_stage_;
    base::StageCounters& enrich_stage_;
    base::StageCounters& detect_stage_;
    base::StageCounters& state_stage_;
    std::atomic<std::uint64_t>& gave_up_total_;
    std::atomic<std::uint64_t>& forgotten_total_;
    std::atomic<std::uint64_t>& searches_skipped_total_;
    std::atomic<std::uint64_t>& searches_left_out_total_;
    const event::FieldId reason_field_;
    StepReader reader_;
    Judgement judgement_;
    ClockWatch clock_watch_;
    std::atomic<journal::Offset> applied_{0};
    journal::Offset checkpoint_ = 0, checkpoint_synced_ = 0;
    journal::Offset store_committed_ = 0, store_synced_ = 0;
    std::vector<store::InboxRow> store_refused_;  // kept until they are committed
    std::deque<InboxCut> store_inbox_cuts_;       // in order
    std::int32_t newest_day_ = INT32_MIN;         // of arrival
    std::atomic<journal::Offset> last_decision_{0};
    std::mutex tasks_mutex_;
    std::deque<Task> tasks_;
    bool takes_tasks_ = false;
    std::int64_t last_incidents_ms_ = 0, next_checkpoint_ms_ = 0, last_housekeeping_ms_ = 0;
    bool has_search_news_ = true;  // what is due was not offered since it changed
    bool has_replay_news_ = true;  // the same of replays of new rules
    std::atomic<bool> is_stopping_{false};
    std::thread thread_;
};

}  // namespace vedette::engine
