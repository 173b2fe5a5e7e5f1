// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "engine/files/file_findings.h"
#include "engine/inbox_again.h"
#include "engine/intel/hunt_control.h"
#include "engine/intel/kept_indicators.h"
#include "engine/learning/lesson.h"
#include "engine/peers_control.h"
#include "engine/pipeline.h"
#include "engine/rule_replays/replayer.h"
#include "engine/ruleset.h"
#include "engine/search_control.h"

namespace vedette::engine {

namespace {

namespace log = base::log;
using base::Result;

/// Not judged, but taken in: it stays.
constexpr std::string_view kKeysSnapshot = "keys";

}  // namespace

Result<void> Pipeline::apply_control(const Control& control, store::StateTransaction& transaction) {
    for (const auto& [offset, row] : inbox_of_control(control.payload)) {
        VD_TRY_DO(transaction.remove_inbox("parse", offset, row));
    }
    const auto decision = decode_decision(control.payload);
    if (!decision) {
        log::error("pipeline.decision_unreadable", {{"offset", control.offset}});
    } else if (*decision) {
        VD_TRY_DO(apply_decision(control.offset, control.payload, **decision, transaction));
    }
    if (const auto searches = searches_of_control(control.payload)) {
        judgement_.searches.observe_set(*searches);
        has_search_news_ = true;
    }
    if (const auto run = search_run_of_control(control.payload)) {
        return apply_search_run(*run, transaction);
    }
    if (const auto hunt = intel::hunt_of_control(control.payload)) {
        for (const cases::Finding& finding : hunt->findings) {
            VD_TRY_DO(conclude(finding, transaction));
        }
        return {};
    }
    if (const auto found = files::file_findings_of_control(control.payload)) {
        for (const cases::Finding& finding : found->findings) {
            VD_TRY_DO(conclude(finding, transaction));
        }
        return {};
    }
    if (const auto set = intel::indicators_of_control(control.payload)) {
        return judgement_.use_indicators(*set);
    }
    if (const auto lesson = learning::lesson_of_control(control.payload)) {
        return judgement_.adopt_learned(*lesson);
    }
    if (const auto seen = rule_replays::rules_seen_of_control(control.payload)) {
        judgement_.replays.observe_seen(*seen);
        has_replay_news_ = true;
        return {};
    }
    if (const auto outcome = rule_replays::replay_outcome_of_control(control.payload)) {
        return apply_replay(*outcome, transaction);
    }
    if (const auto order = peers_of_control(control.payload)) {
        if (detect::PeerKeeper* const peers = judgement_.judge.peers()) peers->obey(*order);
        return {};
    }
    const std::string hash = ruleset_of_control(control.payload);
    if (hash.empty()) return {};
    judgement_.replays.observe_set(hash, control.offset);
    has_replay_news_ = true;
    return judgement_.use_ruleset(hash);
}

Result<void> Pipeline::apply_replay(const rule_replays::ReplayOutcome& outcome,
                                    store::StateTransaction& transaction) {
    has_replay_news_ = true;
    if (!judgement_.replays.observe_outcome(outcome)) return {};
    for (const cases::Finding& finding : outcome.findings) {
        VD_TRY_DO(conclude(finding, transaction));
    }
    return {};
}

/// While it has not caught up the results of what seems to wait may lie ahead in the journal.
void Pipeline::offer_replays(bool has_caught_up, journal::Offset offset) {
    if (parts_.replayer == nullptr || !has_replay_news_ || !has_caught_up) return;
    has_replay_news_ = false;
    parts_.replayer->offer(judgement_.replays, offset);
}

/// A state without a book of replays: what the journal's older records say of them is in its
/// control log. Of a version that knew no replays the rule set in force is the first set.
Result<void> Pipeline::restore_replays() {
    has_replay_news_ = true;
    if (!judgement_.is_without_replays()) return {};
    VD_TRY(const auto controls, parts_.journal.control_log());
    std::string last;
    for (const journal::Record& control : controls) {
        if (control.offset > checkpoint_) break;
        if (const auto seen = rule_replays::rules_seen_of_control(control.payload)) {
            judgement_.replays.observe_seen(*seen);
        } else if (const auto outcome = rule_replays::replay_outcome_of_control(control.payload)) {
            static_cast<void>(judgement_.replays.observe_outcome(*outcome));
        } else if (auto hash = ruleset_of_control(control.payload); !hash.empty()) {
            judgement_.replays.observe_set(hash, control.offset);
            last = std::move(hash);
        }
    }
    const std::string& in_force = judgement_.ruleset();
    if (!in_force.empty() && in_force != last) {
        judgement_.replays.observe_set(in_force, checkpoint_);
    }
    return {};
}

/// Where the state does not have it (an older version wrote it, or it is judged again) the newest
/// record that the journal let go is in its control log: the list of subtracted events is in force
/// for ever, however old its record is.
Result<void> Pipeline::restore_lesson() {
    if (judgement_.lesson) return {};
    judgement_.lesson.emplace();
    VD_TRY(const auto controls, parts_.journal.control_log());
    for (const journal::Record& control : controls) {
        if (control.offset > checkpoint_) break;
        if (const auto lesson = learning::lesson_of_control(control.payload)) {
            judgement_.lesson = *lesson;
        }
    }
    return {};
}

Result<learning::Lesson> Pipeline::lesson() {
    learning::Lesson out;
    VD_TRY_DO(on_state([&](store::StateStore&) -> Result<void> {
        out = judgement_.lesson.value_or(learning::Lesson());
        return {};
    }));
    return out;
}

Result<void> Pipeline::apply_decision(journal::Offset offset, std::string_view payload,
                                      const Decision& decision,
                                      store::StateTransaction& transaction) {
    VD_TRY_DO(transaction.put_decision(offset, payload));
    last_decision_ = std::max(last_decision_.load(), offset);
    const auto* retention = std::get_if<RetentionDecision>(&decision);
    if (retention == nullptr) return {};
    if (retention->findings_before > 0) {
        // What waits to be written would otherwise be there or not by the moment of the last time.
        VD_TRY_DO(put_incidents(transaction));
        VD_TRY(const store::FindingsRemoved removed,
               transaction.remove_findings_before(retention->findings_before));
        log::info("retention.findings",
                  {{"findings", removed.findings}, {"incidents", removed.incidents}});
    }
    if (retention->inbox_before == 0) return {};
    std::uint64_t rows = 0;
    for (const std::string_view stage : {"parse", "journal"}) {
        VD_TRY(const std::uint64_t removed,
               transaction.remove_inbox_before(stage, retention->inbox_before));
        rows += removed;
    }
    if (parts_.feed == nullptr || store_committed_ >= offset) {
        VD_TRY(const std::uint64_t removed,
               transaction.remove_inbox_before("store", retention->inbox_before));
        rows += removed;
    } else {
        store_inbox_cuts_.push_back({offset, retention->inbox_before});
    }
    log::info("retention.inbox", {{"records", rows}});
    return {};
}

Result<void> Pipeline::cut_store_inbox(journal::Offset stored,
                                       store::StateTransaction& transaction) {
    for (const InboxCut& cut : store_inbox_cuts_) {
        if (cut.when_stored <= stored) {
            VD_TRY_DO(transaction.remove_inbox_before("store", cut.before));
        }
    }
    return {};
}

/// Where the state is new and the journal no longer whole, older decisions are in its control log.
Result<void> Pipeline::restore_old_decisions() {
    VD_TRY(const auto controls, parts_.journal.control_log());
    if (controls.empty()) return {};
    VD_TRY(auto transaction, parts_.state.begin());
    for (const journal::Record& control : controls) {
        if (control.offset >= parts_.journal.first()) break;
        const auto decision = decode_decision(control.payload);
        if (!decision || !*decision) continue;
        VD_TRY_DO(transaction.put_decision(control.offset, control.payload));
    }
    return transaction.commit();
}

Result<void> Pipeline::restore_decisions() {
    VD_TRY_DO(restore_old_decisions());
    store_inbox_cuts_.clear();
    for (std::uint64_t after = 0;;) {
        VD_TRY(const auto rows, parts_.state.decisions(after));
        if (rows.empty()) return {};
        for (const store::DecisionRow& row : rows) {
            const auto decision = decode_decision(row.payload);
            if (!decision || !*decision || row.journal_offset <= store_committed_) continue;
            const auto* retention = std::get_if<RetentionDecision>(&**decision);
            if (retention != nullptr && retention->inbox_before > 0) {
                store_inbox_cuts_.push_back({row.journal_offset, retention->inbox_before});
            }
        }
        after = rows.back().journal_offset;
        last_decision_ = after;
    }
}

Result<void> Pipeline::note_arrivals(const event::Batch& batch,
                                     store::StateTransaction& transaction) {
    for (std::uint32_t i = 0; i < batch.row_count(); ++i) {
        const event::Row& row = batch.rows()[i];
        const std::int32_t day = row.arrival.day();
        if (day <= newest_day_) continue;
        VD_TRY_DO(transaction.put_arrival_day(day, row.id.offset));
        newest_day_ = day;
    }
    return {};
}

Result<void> Pipeline::on_state(std::function<Result<void>(store::StateStore&)> use) {
    Task task{std::move(use), {}};
    auto done = task.done.get_future();
    {
        const std::lock_guard lock(tasks_mutex_);
        if (!takes_tasks_) return base::fail(base::ErrorCode::cancelled, "the pipeline has ended");
        tasks_.push_back(std::move(task));
    }
    return done.get();
}

Result<void> Pipeline::on_peers(std::function<Result<void>(detect::PeerKeeper&)> use) {
    return on_state([this, use = std::move(use)](store::StateStore&) -> Result<void> {
        if (detect::PeerKeeper* const peers = judgement_.judge.peers()) return use(*peers);
        return base::fail(base::ErrorCode::unsupported, "no analytic is in force", {},
                          "see `vedette analytics list`");
    });
}

void Pipeline::run_tasks() {
    for (;;) {
        Task task;
        {
            const std::lock_guard lock(tasks_mutex_);
            if (tasks_.empty()) return;
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        task.done.set_value(task.use(parts_.state));
    }
}

void Pipeline::end_tasks() {
    std::deque<Task> left;
    {
        const std::lock_guard lock(tasks_mutex_);
        takes_tasks_ = false;
        left.swap(tasks_);
    }
    for (Task& task : left) {
        task.done.set_value(base::fail(base::ErrorCode::cancelled, "the pipeline has ended"));
    }
}

Result<void> Pipeline::judge_again() {
    const journal::Offset first = parts_.journal.first();
    VD_TRY(auto transaction, parts_.state.begin());
    VD_TRY_DO(transaction.take_back_from(first));
    // Before the journal's first record the rules were those of the control log; with nothing
    // there, those that are in force now.
    std::string ruleset, indicators;
    VD_TRY(const auto in_force, parts_.state.snapshot(kRuleSetSnapshot));
    if (in_force) ruleset = in_force->bytes;
    VD_TRY(const auto controls, parts_.journal.control_log());
    for (const journal::Record& control : controls) {
        if (auto hash = ruleset_of_control(control.payload); !hash.empty()) ruleset = hash;
        if (auto set = intel::indicators_of_control(control.payload)) indicators = *set;
    }
    VD_TRY_DO(transaction.remove_snapshots_but(kKeysSnapshot));
    if (first > 1) {
        VD_TRY_DO(transaction.put_snapshot(kRuleSetSnapshot, {first - 1, ruleset}));
        VD_TRY_DO(transaction.put_snapshot(kIndicatorsSnapshot, {first - 1, indicators}));
    }
    VD_TRY_DO(transaction.set_applied(kFindingsView, first - 1));
    VD_TRY_DO(transaction.commit());
    checkpoint_ = first - 1;
    checkpoint_synced_ = checkpoint_;
    has_search_news_ = true;
    log::info("pipeline.judges_again", {{"from", first}, {"to", parts_.journal.durable_end()}});
    return put_back();
}

}  // namespace vedette::engine
