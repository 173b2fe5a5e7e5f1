// SPDX-License-Identifier: Apache-2.0
#include "engine/pipeline.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/thread_priority.h"
#include "engine/files/file_watch.h"
#include "engine/inbox_again.h"
#include "engine/limits.h"
#include "engine/ruleset.h"
#include "engine/search_runner.h"
#include "engine/store_feed.h"

namespace vedette::engine {

namespace {

namespace log = base::log;
using base::Result;

constexpr std::string_view kFilesSnapshot = "files";
constexpr std::int64_t kRetryMs = 500;  // a full disk does not empty faster when asked more often

/// The stream stands still during a checkpoint: for one part in so many of the time at most, as
/// long as a kill need not have more than kCheckpointMsMax judged again.
constexpr std::int64_t kCheckpointShare = 200, kCheckpointMsMax = 60'000;

std::int64_t steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

Pipeline::Pipeline(PipelineParts parts)
    : parts_(parts),
      parse_stage_(parts.counters.stage("parse")),
      enrich_stage_(parts.counters.stage("enrich")),
      detect_stage_(parts.counters.stage("detect")),
      state_stage_(parts.counters.stage("state")),
      gave_up_total_(parts.counters.number("vedette_detect_gave_up_total")),
      forgotten_total_(parts.counters.number("vedette_detect_forgotten_total")),
      searches_skipped_total_(parts.counters.number("vedette_search_runs_skipped_total")),
      searches_left_out_total_(parts.counters.number("vedette_search_rows_left_out_total")),
      reason_field_(parts.pool.fields().intern("error.message").value_or(event::kNoField)),
      reader_(parts.journal, parts.formats, parts.pool, parts.workers, parts.lists, parts.rows_max),
      judgement_(parts.detectors, parts.pool.fields(), parts.files, parts.ruleset_folder,
                 parts.indicators, parts.learned),
      clock_watch_(parts.counters) {}

Pipeline::~Pipeline() { stop(); }

Result<void> Pipeline::restore() {
    VD_TRY(journal::Offset applied, parts_.state.applied(kFindingsView));
    VD_TRY(store_committed_, parts_.state.applied(kStoreView));
    store_synced_ = store_committed_;
    if (applied + 1 < parts_.journal.first()) {
        log::error("pipeline.journal_is_gone",
                   {{"judged_to", applied}, {"journal_begins", parts_.journal.first()}});
        applied = parts_.journal.first() - 1;
    }
    checkpoint_ = applied;
    checkpoint_synced_ = applied;
    VD_TRY_DO(restore_decisions());
    return put_back();
}

Result<void> Pipeline::put_back() {
    VD_TRY_DO(judgement_.restore(parts_.state, checkpoint_));
    VD_TRY_DO(restore_replays());
    VD_TRY_DO(restore_lesson());
    if (parts_.files_named != nullptr) {
        VD_TRY(const auto files, parts_.state.snapshot(kFilesSnapshot));
        if (files) VD_TRY_DO(parts_.files_named->restore(files->bytes));
        parts_.files_named->use(judgement_.judge.file_judge());
    }
    VD_TRY(const auto newest_day, parts_.state.newest_arrival_day());
    newest_day_ = newest_day.value_or(INT32_MIN);
    applied_ = checkpoint_;
    return {};
}

void Pipeline::start() {
    {
        const std::lock_guard lock(tasks_mutex_);
        takes_tasks_ = !is_stopping_;
    }
    thread_ = std::thread([this] { run(); });
}

void Pipeline::stop() {
    is_stopping_ = true;
    if (thread_.joinable()) thread_.join();
    end_tasks();
}

void Pipeline::run() {
    base::stand_behind_senders();
    while (!is_stopping_) {
        run_tasks();
        const journal::Offset next = applied_ + 1;
        auto step = reader_.read(next, kStepBytesMax, kReadWaitMs);
        enrich_stage_.cpu_ns = reader_.enrich_cpu_ns();
        parse_stage_.cpu_ns = base::thread_cpu_ns() - enrich_stage_.cpu_ns - detect_stage_.cpu_ns -
                              state_stage_.cpu_ns;
        if (!step) {
            log::error("pipeline.cannot_read", {{"reason", step.error().message()}});
            parse_stage_.errors += 1;
            std::this_thread::sleep_for(std::chrono::milliseconds(kRetryMs));
            continue;
        }
        if (!step->has_value()) {
            housekeeping(false);
            continue;
        }
        parse_stage_.received += (*step)->rows;
        parse_stage_.bytes += (*step)->bytes;
        take(std::move(**step));
        housekeeping(false);
    }
    housekeeping(true);
}

/// What a failed transaction took from the grouper is nowhere: back to the checkpoint, and judge
/// again from there.
void Pipeline::recover(const base::Error& why) {
    log::error("pipeline.cannot_commit", {{"reason", why.message()}});
    state_stage_.errors += 1;
    for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(kRetryMs));
        const auto back = put_back();
        if (back || is_stopping_) return;
        log::error("pipeline.cannot_restore", {{"reason", back.error().message()}});
    }
}

/// Judges a step and hands it on.
void Pipeline::take(Step step) {
    if (const Result<void> done = apply(step); !done) {
        recover(done.error());
    } else if (parts_.feed != nullptr) {
        return parts_.feed->offer(std::move(step));
    }
    for (StepItem& item : step.items) {
        auto* batch = std::get_if<std::unique_ptr<event::Batch>>(&item);
        if (batch != nullptr) parts_.pool.give_back(std::move(*batch));
    }
}

Result<void> Pipeline::apply(Step& step) {
    const std::uint64_t cpu_before = base::thread_cpu_ns();
    VD_TRY(auto transaction, parts_.state.begin());
    for (StepItem& item : step.items) VD_TRY_DO(apply_item(item, transaction));
    const std::uint64_t cpu_judged = base::thread_cpu_ns();
    detect_stage_.cpu_ns += cpu_judged - cpu_before;
    for (const Progress& progress : step.progress) {
        VD_TRY_DO(transaction.put_position(
            {progress.source, progress.origin, progress.position, progress.offset}));
    }
    const std::int64_t now_ms = steady_ms();
    const bool has_caught_up = step.to >= parts_.journal.durable_end();
    if (has_caught_up || now_ms - last_incidents_ms_ >= kIncidentsMs) {
        VD_TRY_DO(put_incidents(transaction));
        last_incidents_ms_ = now_ms;
    }
    VD_TRY_DO(transaction.commit());
    applied_ = step.to;
    state_stage_.cpu_ns += base::thread_cpu_ns() - cpu_judged;
    state_stage_.sent += 1;
    offer_due_searches(has_caught_up, step.to);
    offer_replays(has_caught_up, step.to);
    return {};
}

/// While it has not caught up the results of what seems due may lie ahead in the journal.
void Pipeline::offer_due_searches(bool has_caught_up, journal::Offset offset) {
    if (parts_.searches == nullptr || !has_search_news_ || !has_caught_up) return;
    has_search_news_ = false;
    parts_.searches->offer(judgement_.searches.due(), offset);
}

Result<void> Pipeline::apply_item(StepItem& item, store::StateTransaction& transaction) {
    if (auto* batch = std::get_if<std::unique_ptr<event::Batch>>(&item)) {
        return judge(**batch, transaction);
    }
    if (auto* tick = std::get_if<Tick>(&item)) {
        Result<void> result;
        const base::Timestamp now = judgement_.clock.at(tick->time);
        judgement_.judge.tick(now, [&](const cases::Finding& finding) {
            if (result) result = conclude(finding, transaction);
        });
        judgement_.grouper.tick(now);
        judgement_.ledger.tick(now);
        judgement_.searches.tick(now);
        has_search_news_ = true;
        return result;
    }
    if (auto* control = std::get_if<Control>(&item)) return apply_control(*control, transaction);
    auto& unreadable = std::get<Unreadable>(item);
    return transaction.put_inbox(
        {"journal", unreadable.offset, 0, "", "", unreadable.reason, unreadable.raw, 0});
}

Result<void> Pipeline::apply_search_run(const SearchRun& run,
                                        store::StateTransaction& transaction) {
    has_search_news_ = true;
    if (!judgement_.searches.observe_run(run)) return {};
    searches_skipped_total_ += run.skipped;
    searches_left_out_total_ += run.left_out;
    if (run.skipped > 0) {
        log::warn("searches.skipped", {{"search", run.search}, {"runs", run.skipped}});
    }
    for (const cases::Finding& finding : run.findings) VD_TRY_DO(conclude(finding, transaction));
    return {};
}

Result<void> Pipeline::judge(const event::Batch& batch, store::StateTransaction& transaction) {
    detect_stage_.received += batch.row_count();
    judgement_.clock.observe(batch);
    clock_watch_.observe(batch);
    judgement_.coverage.observe(batch);
    judgement_.arrivals.observe(batch);
    VD_TRY_DO(note_arrivals(batch, transaction));
    parse_stage_.sent += batch.row_count();
    for (std::uint32_t i = 0; i < batch.row_count(); ++i) {
        const event::Row& row = batch.rows()[i];
        if ((row.flags & event::kRowNotDecoded) == 0) continue;
        const event::Origin& origin = batch.origins()[row.origin];
        const std::string reason(
            batch.first(reason_field_, i).value_or("the record does not fit its format"));
        parse_stage_.dropped += 1;
        VD_TRY_DO(transaction.put_inbox({"parse", row.id.offset, row.id.row, origin.source,
                                         origin.path, reason, std::string(row.raw), 0}));
    }
    Result<void> result;
    judgement_.judge.observe(batch, [&](const cases::Finding& finding) {
        if (result) result = conclude(finding, transaction);
    });
    gave_up_total_ = judgement_.judge.gave_up_count();
    forgotten_total_ = judgement_.judge.forgotten_count();
    if (result && parts_.files_named != nullptr) {
        parts_.files_named->offer(batch, judgement_.judge.file_judge());
    }
    return result;
}

Result<void> Pipeline::conclude(const cases::Finding& finding,
                                store::StateTransaction& transaction) {
    detect_stage_.sent += 1;
    VD_TRY_DO(transaction.put_finding(finding));
    // What a finding says anew when it has grown was booked the first time.
    if (!finding.has_grown) judgement_.ledger.observe(finding);
    judgement_.grouper.observe(finding, judgement_.ledger.largest(finding));
    return {};
}

Result<void> Pipeline::put_incidents(store::StateTransaction& transaction) {
    const correlate::IncidentChanges changes = judgement_.grouper.take_changes();
    for (const auto& [id, into] : changes.merged) {
        VD_TRY_DO(transaction.merge_incident(id, into));
    }
    for (const cases::Incident& incident : changes.changed) {
        VD_TRY_DO(transaction.put_incident(incident));
    }
    return {};
}

Result<void> Pipeline::checkpoint() {
    const journal::Offset offset = applied_;
    if (offset == checkpoint_) return {};
    VD_TRY(auto transaction, parts_.state.begin());
    VD_TRY_DO(put_incidents(transaction));
    VD_TRY_DO(judgement_.save(transaction, offset));
    if (parts_.files_named != nullptr) {
        VD_TRY_DO(transaction.put_snapshot(kFilesSnapshot, {offset, parts_.files_named->save()}));
    }
    VD_TRY_DO(transaction.set_applied(kFindingsView, offset));
    VD_TRY_DO(transaction.commit());
    checkpoint_ = offset;
    return {};
}

Result<void> Pipeline::commit_store_progress() {
    const journal::Offset stored = parts_.feed != nullptr ? parts_.feed->complete_to() : 0;
    if (stored > store_committed_) {
        VD_TRY(auto transaction, parts_.state.begin());
        if (store_refused_.empty()) store_refused_ = parts_.feed->take_refused(stored);
        for (const store::InboxRow& row : store_refused_) VD_TRY_DO(transaction.put_inbox(row));
        VD_TRY_DO(cut_store_inbox(stored, transaction));
        VD_TRY_DO(transaction.set_applied(kStoreView, stored));
        VD_TRY_DO(transaction.commit());
        store_committed_ = stored;
        store_refused_.clear();
        while (!store_inbox_cuts_.empty() && store_inbox_cuts_.front().when_stored <= stored) {
            store_inbox_cuts_.pop_front();
        }
    }
    if (checkpoint_ > checkpoint_synced_ || store_committed_ > store_synced_) {
        VD_TRY_DO(parts_.state.sync());
        checkpoint_synced_ = checkpoint_;
        store_synced_ = store_committed_;
    }
    return {};
}

void Pipeline::housekeeping(bool is_forced) {
    const std::int64_t now_ms = steady_ms();
    if (!is_forced && now_ms - last_housekeeping_ms_ < kHousekeepingMs) return;
    last_housekeeping_ms_ = now_ms;
    // What was due when the last run ended.
    offer_due_searches(applied_ >= parts_.journal.durable_end(), applied_);
    offer_replays(applied_ >= parts_.journal.durable_end(), applied_);
    const std::uint64_t cpu_before = base::thread_cpu_ns();
    if (is_forced || now_ms >= next_checkpoint_ms_) {
        if (const auto done = checkpoint(); !done) recover(done.error());
        const std::int64_t took_ms = steady_ms() - now_ms;
        next_checkpoint_ms_ =
            now_ms + std::clamp(took_ms * kCheckpointShare, kCheckpointMs, kCheckpointMsMax);
    }
    const auto done = commit_store_progress();
    state_stage_.cpu_ns += base::thread_cpu_ns() - cpu_before;
    if (!done) {
        log::warn("pipeline.housekeeping", {{"reason", done.error().message()}});
        return;
    }
    parts_.journal.release(parts_.feed != nullptr ? std::min(checkpoint_synced_, store_synced_)
                                                  : checkpoint_synced_);
}

}  // namespace vedette::engine
