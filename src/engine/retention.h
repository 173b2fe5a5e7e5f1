// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/counters.h"
#include "base/time.h"
#include "engine/decisions.h"
#include "engine/disk_forecast.h"
#include "engine/holds.h"
#include "engine/pipeline.h"
#include "engine/retention_policy.h"
#include "store/client.h"
#include "store/removal.h"
#include "store/state/state_reader.h"

namespace vedette::engine {

/// What retention knows, for people.
struct RetentionStatus {
    DiskForecast forecast;
    std::uint64_t disk_free_bytes = 0, disk_bytes = 0;
    std::uint64_t decided = 0;          ///< passes that removed something
    std::uint64_t rows = 0, bytes = 0;  ///< removed by them, as planned
    base::Timestamp last_at;            ///< of the last of them
    journal::Offset decided_to = 0, carried_out_to = 0;
    std::uint64_t held_rows = 0;
    std::size_t holds = 0;
    std::string trouble;  ///< why what was decided is not carried out; empty: all is well
};

/// What would be removed if a pass were decided now.
struct RetentionPreview {
    RetentionPlan plan;
    std::uint64_t findings = 0, inbox = 0;
};

struct RetentionParts {
    const RetentionConfig& config;
    std::optional<store::ClientOptions> store;  ///< nothing where none is kept
    std::string data_folder, state_path;
    Pipeline& pipeline;
    journal::Journal& journal;
    const KeptHolds& holds;
    const base::Clock& clock;
    base::CounterRegistry& counters;
    /// Appends a control record and waits until it is durable.
    std::function<base::Result<journal::Offset>(std::string payload)> decide;
    /// Removes kept files that no record names any more; called at each pass, from any thread.
    std::function<void()> remove_unused;
    /// Carries out a deletion on request; called in the thread of retention. False: not yet.
    std::function<base::Result<bool>(const DecisionAt& decision)> forget;
};

/// Decides what is past, and carries out what was decided.
///
/// A pass is decided from sizes, policy and clock and then journalled (RetentionDecision): cuts by
/// data set and day of arrival. From there on it is a fact like any other. The pipeline removes
/// findings and inbox records when it comes to the record; this class removes the rows from the
/// store once the store is complete up to the record and the state knows it. That order keeps the
/// writer right: what it looks for behind its mark (store/present_offsets.h) is never removed. A
/// rebuilt store meets the same records in the same order and ends equal. A kill at any moment
/// leaves something to be done again, and all of it can be.
///
/// A clock that leaps ahead must not remove years: after a leap of more than kClockLeapDays behind
/// the newest arrival, nothing is decided for kClockLeapPatienceMs.
///
/// Threads: one of its own; status, preview and run_now from any.
class Retention {
  public:
    explicit Retention(RetentionParts parts);
    ~Retention();

    /// `decides`: new passes as well, not only those that are journalled.
    void start(bool decides);
    void ask_to_stop();
    void stop();

    /// Everything up to this offset that was decided is carried out.
    journal::Offset carried_out_to() const { return carried_out_to_.load(); }
    /// Carries out at once what has become due.
    void wake();

    base::Result<RetentionStatus> status();
    base::Result<RetentionPreview> preview();
    /// Decides a pass now, also after a leap of the clock. Nothing if there is nothing to remove.
    base::Result<std::optional<journal::Offset>> run_now();

    bool is_stopping() const { return is_stopping_.load(); }

  private:
    struct DayCache {
        std::uint64_t rows = 0;
        std::vector<store::DayRows> sets;
    };
    void run(bool decides);
    /// True if nothing is left that is due.
    base::Result<bool> carry_out_due();
    base::Result<bool> carry_out(store::StateReader& state, const std::vector<DecisionAt>& all,
                                 const DecisionAt& decision);
    base::Result<void> remove_cuts(const std::vector<DecidedCut>& cuts,
                                   const std::vector<Hold>& holds);
    base::Result<std::vector<StoredDay>> stored_days();
    base::Result<std::pair<RetentionDecision, RetentionPreview>> draft();
    base::Result<void> resolve_partial(const RetentionPlan& plan, std::vector<Cut>& cuts);
    base::Result<void> end_killed_purge();
    bool has_clock_leapt();
    store::EventRemoval removal() const;

    RetentionParts parts_;
    std::atomic<std::uint64_t>& removed_rows_;
    std::atomic<journal::Offset> carried_out_to_{0};
    std::atomic<bool> is_stopping_{false};
    bool is_purge_ended_ = false;  // touched by the thread alone
    std::mutex mutex_;
    std::condition_variable wakes_;
    std::string trouble_;
    std::mutex sizes_mutex_;
    std::map<std::int32_t, DayCache> sizes_;
    std::thread thread_;
};

/// All decisions of a state, in order; those that cannot be read are passed over, and logged.
base::Result<std::vector<DecisionAt>> read_decisions(store::StateReader& state);

/// The cuts of all passes up to an offset, without those that a later one covers.
std::vector<DecidedCut> cuts_up_to(const std::vector<DecisionAt>& decisions,
                                   journal::Offset offset);

/// The rows that cuts take, as a condition on the store's events.
store::RowCondition cut_condition(const std::vector<DecidedCut>& cuts);

}  // namespace vedette::engine
