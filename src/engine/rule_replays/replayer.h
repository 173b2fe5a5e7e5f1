// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/counters.h"
#include "base/time.h"
#include "engine/rule_replays/history_findings.h"
#include "engine/rule_replays/replay_book.h"
#include "engine/rule_replays/replayed_rule.h"

namespace vedette::engine::rule_replays {

struct ReplayerParts {
    const base::Clock& clock;
    base::CounterRegistry& counters;
    int days = 7;  ///< of history that new rules are replayed over; 0: none
    std::function<base::Result<RuleSet>(const std::string& name)> rule_set;
    /// find_in_history over the store.
    std::function<base::Result<HistoryFindings>(const ReplayedRule&, const HistoryRange&,
                                                const HistoryWatcher&)>
        look;
    /// How far the store is complete.
    std::function<journal::Offset()> stored_to;
    /// Which of these findings the state has.
    std::function<base::Result<std::set<std::string>>(const std::vector<cases::Finding>&)> known;
    /// Puts a control record into the journal and waits until it is durable.
    std::function<base::Result<journal::Offset>(std::string payload)> journal;
};

/// How the replays stand, for people.
struct ReplaysStatus {
    ReplayBook book;
    std::string running;           ///< content of the rule that is being replayed; empty: none
    std::uint64_t candidates = 0;  ///< events of it that were looked at so far
    std::string error;             ///< why the last try did not succeed; it is tried again
};

/// Replays rules that are new over the history, by itself, one after the other, beside everything
/// else and behind it (base/thread_priority.h).
///
/// What is to be done is told by the pipeline once it has read the journal to its end, what came of
/// it goes into the journal, where the pipeline finds it: so after a kill at any moment each rule
/// is either done or begun again, and a rebuilding, which reads the results, needs neither the
/// store nor this. A replay reads the events of before its rule came into force, which the stream
/// did not judge by it, and leaves out findings that the state has.
/// Threads: one of its own; all members from any.
class Replayer {
  public:
    explicit Replayer(ReplayerParts parts);
    ~Replayer();
    void start();
    void ask_to_stop();
    /// Waits for a question to the store that is being answered: stop the store first.
    void stop();

    /// The book as it is after this record, the journal's last one. Never waits.
    void offer(const ReplayBook& book, journal::Offset offset);
    ReplaysStatus status() const;
    /// Whether it was started and something is left to be done, or it was not told yet.
    bool is_busy() const;

    /// Does the next thing that the book says, in the caller's thread; for tests, in place of
    /// start().   Returns: whether there was one.   Errors: those after which it is tried again.
    base::Result<bool> do_next();

  private:
    void run();
    bool has_work() const;
    base::Result<void> look_at_set(const ReplayBook::Set& set);
    base::Result<void> replay(const ReplayBook::Entry& entry);
    base::Result<ReplayOutcome> outcome_of(const ReplayBook::Entry& entry);
    base::Result<const ReplayableRules*> rules_of(const std::string& set);
    base::Result<void> wait_until_stored(journal::Offset offset);
    base::Result<void> leave_out_known(ReplayOutcome& outcome);
    base::Result<void> put_in_journal(std::string payload);
    bool is_asked_to_stop() const;

    ReplayerParts parts_;
    std::atomic<std::uint64_t>& replays_total_;
    std::atomic<std::uint64_t>& failed_total_;
    mutable std::mutex mutex_;
    std::condition_variable has_news_;
    ReplayBook book_;
    journal::Offset offered_ = 0;
    journal::Offset journalled_ = 0;  // an older book does not know of it
    std::string running_, error_;
    std::atomic<std::uint64_t> candidates_{0};
    bool is_stopping_ = false, is_started_ = false;
    std::unique_ptr<ReplayableRules> rules_;  // of the set that was looked at last
    std::thread thread_;
};

}  // namespace vedette::engine::rule_replays
