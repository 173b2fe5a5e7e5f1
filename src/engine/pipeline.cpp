// SPDX-License-Identifier: Apache-2.0
#include "engine/pipeline.h"

#include <chrono>
#include <utility>

#include "base/log.h"
#include "engine/limits.h"
#include "engine/ruleset.h"
#include "engine/store_feed.h"

namespace vedette::engine {

namespace {

namespace log = base::log;
using base::Result;

constexpr std::string_view kGrouperSnapshot = "grouper";
constexpr std::string_view kClockSnapshot = "clock";
constexpr std::string_view kRuleSetSnapshot = "ruleset";
constexpr std::string_view kDetectorSnapshotPrefix = "detector.";
constexpr std::int64_t kRetryMs = 500;  // a full disk does not empty faster when asked more often

std::int64_t steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

Pipeline::Pipeline(PipelineParts parts)
    : parts_(parts),
      parse_stage_(parts.counters.stage("parse")),
      detect_stage_(parts.counters.stage("detect")),
      state_stage_(parts.counters.stage("state")),
      reader_(parts.journal, parts.formats, parts.pool, parts.rows_max),
      judge_(parts.detectors, parts.pool.fields()) {}

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
    VD_TRY_DO(put_back(applied));
    applied_ = applied;
    synced_ = applied;
    return {};
}

/// Detectors and grouper as they were when everything up to `offset` was committed.
Result<void> Pipeline::put_back(journal::Offset offset) {
    VD_TRY(const auto ruleset, parts_.state.snapshot(kRuleSetSnapshot));
    if (ruleset) {
        VD_TRY_DO(use_ruleset(ruleset->bytes));
    } else if (offset > 0) {
        return base::fail(base::ErrorCode::corrupt, "the state does not name its rule set", {},
                          "run `vedette journal rebuild`: the journal has everything");
    }
    for (const auto& [name, checksum] : judge_.checksums()) {
        VD_TRY(const auto saved,
               parts_.state.snapshot(std::string(kDetectorSnapshotPrefix) + name));
        if (saved) VD_TRY_DO(judge_.restore(name, saved->bytes));
    }
    VD_TRY(const auto clock, parts_.state.snapshot(kClockSnapshot));
    clock_ = EventClock();
    if (clock) VD_TRY_DO(clock_.restore(clock->bytes));
    VD_TRY(const auto grouper, parts_.state.snapshot(kGrouperSnapshot));
    grouper_ = correlate::Grouper();
    if (grouper) VD_TRY_DO(grouper_.restore(grouper->bytes));
    return {};
}

void Pipeline::start() {
    thread_ = std::thread([this] { run(); });
}

void Pipeline::stop() {
    is_stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

void Pipeline::run() {
    while (!is_stopping_) {
        const journal::Offset next = applied_ + 1;
        auto step = reader_.read(next, kStepBytesMax, kReadWaitMs);
        parse_stage_.cpu_ns = base::thread_cpu_ns() - detect_stage_.cpu_ns - state_stage_.cpu_ns;
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
        Step& read = **step;
        parse_stage_.received += read.rows;
        parse_stage_.bytes += read.bytes;
        while (!is_stopping_) {
            const Result<void> done = apply(read);
            if (done) break;
            log::error("pipeline.cannot_commit", {{"reason", done.error().message()}});
            state_stage_.errors += 1;
            std::this_thread::sleep_for(std::chrono::milliseconds(kRetryMs));
            // What the failed try left in detectors and grouper must not count twice.
            if (auto back = put_back(applied_); !back) {
                log::error("pipeline.cannot_restore", {{"reason", back.error().message()}});
            }
        }
        if (applied_ == read.to) {
            if (parts_.feed != nullptr) {
                parts_.feed->offer(std::move(read));
            } else {
                for (StepItem& item : read.items) {
                    auto* batch = std::get_if<std::unique_ptr<event::Batch>>(&item);
                    if (batch != nullptr) parts_.pool.give_back(std::move(*batch));
                }
            }
        }
        housekeeping(false);
    }
    housekeeping(true);
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
    VD_TRY_DO(transaction.set_applied(kFindingsView, step.to));
    for (auto& [name, state] : judge_.save()) {
        VD_TRY_DO(transaction.put_snapshot(std::string(kDetectorSnapshotPrefix) + name,
                                           {step.to, std::move(state)}));
    }
    VD_TRY_DO(put_incidents(transaction));
    VD_TRY_DO(transaction.put_snapshot(kClockSnapshot, {step.to, clock_.save()}));
    if (grouper_changed_) {
        VD_TRY_DO(transaction.put_snapshot(kGrouperSnapshot, {step.to, grouper_.save()}));
    }
    VD_TRY_DO(transaction.commit());
    grouper_changed_ = false;
    applied_ = step.to;
    state_stage_.cpu_ns += base::thread_cpu_ns() - cpu_judged;
    state_stage_.sent += 1;
    return {};
}

Result<void> Pipeline::apply_item(StepItem& item, store::StateTransaction& transaction) {
    if (auto* batch = std::get_if<std::unique_ptr<event::Batch>>(&item)) {
        return judge(**batch, transaction);
    }
    if (auto* tick = std::get_if<Tick>(&item)) {
        Result<void> result;
        const base::Timestamp now = clock_.at(tick->time);
        judge_.tick(now, [&](cases::Finding finding) {
            if (result) result = conclude(std::move(finding), transaction);
        });
        grouper_.tick(now);
        grouper_changed_ = true;
        return result;
    }
    if (auto* control = std::get_if<Control>(&item)) {
        const std::string hash = ruleset_of_control(control->payload);
        if (hash.empty()) return {};
        VD_TRY_DO(use_ruleset(hash));
        return transaction.put_snapshot(kRuleSetSnapshot, {control->offset, hash});
    }
    auto& unreadable = std::get<Unreadable>(item);
    return transaction.put_inbox(
        {"journal", unreadable.offset, 0, "", "", unreadable.reason, unreadable.raw, 0});
}

Result<void> Pipeline::judge(const event::Batch& batch, store::StateTransaction& transaction) {
    detect_stage_.received += batch.row_count();
    clock_.observe(batch);
    parse_stage_.sent += batch.row_count();
    for (const event::Row& row : batch.rows()) {
        if ((row.flags & event::kRowNotDecoded) == 0) continue;
        const event::Origin& origin = batch.origins()[row.origin];
        parse_stage_.dropped += 1;
        VD_TRY_DO(
            transaction.put_inbox({"parse", row.id.offset, row.id.row, origin.source, origin.path,
                                   "the record does not fit its format", std::string(row.raw), 0}));
    }
    Result<void> result;
    judge_.observe(batch, [&](cases::Finding finding) {
        if (result) result = conclude(std::move(finding), transaction);
    });
    return result;
}

Result<void> Pipeline::conclude(cases::Finding finding, store::StateTransaction& transaction) {
    detect_stage_.sent += 1;
    VD_TRY_DO(transaction.put_finding(finding));
    grouper_.observe(finding);
    grouper_changed_ = true;
    return {};
}

Result<void> Pipeline::put_incidents(store::StateTransaction& transaction) {
    const correlate::IncidentChanges changes = grouper_.take_changes();
    for (const auto& [id, into] : changes.merged) {
        VD_TRY_DO(transaction.merge_incident(id, into));
    }
    for (const cases::Incident& incident : changes.changed) {
        VD_TRY_DO(transaction.put_incident(incident));
    }
    return {};
}

Result<void> Pipeline::use_ruleset(const std::string& hash_hex) {
    if (hash_hex == ruleset_) return {};
    VD_TRY(const RuleSet set, load_ruleset(parts_.files, parts_.ruleset_folder, hash_hex));
    VD_TRY_DO(judge_.use(set));
    ruleset_ = hash_hex;
    log::info("rules.in_force", {{"set", hash_hex},
                                 {"files", set.inputs.rule_files.size()},
                                 {"not_used", judge_.notices().size()}});
    return {};
}

void Pipeline::housekeeping(bool is_forced) {
    const std::int64_t now_ms = steady_ms();
    if (!is_forced && now_ms - last_housekeeping_ms_ < kHousekeepingMs) return;
    last_housekeeping_ms_ = now_ms;
    const journal::Offset stored = parts_.feed != nullptr ? parts_.feed->complete_to() : 0;
    auto& refused = store_refused_;  // kept until they are committed
    const auto commit = [&]() -> Result<void> {
        if (stored > store_committed_) {
            VD_TRY(auto transaction, parts_.state.begin());
            if (refused.empty()) refused = parts_.feed->take_refused(stored);
            for (const store::InboxRow& row : refused) VD_TRY_DO(transaction.put_inbox(row));
            VD_TRY_DO(transaction.set_applied(kStoreView, stored));
            VD_TRY_DO(transaction.commit());
            store_committed_ = stored;
            refused.clear();
        }
        const journal::Offset applied = applied_;
        if (applied > synced_ || store_committed_ > store_synced_) {
            VD_TRY_DO(parts_.state.sync());
            synced_ = applied;
            store_synced_ = store_committed_;
        }
        return {};
    };
    if (const auto done = commit(); !done) {
        log::warn("pipeline.housekeeping", {{"reason", done.error().message()}});
        return;
    }
    parts_.journal.release(parts_.feed != nullptr ? std::min(synced_.load(), store_synced_)
                                                  : synced_.load());
}

std::vector<std::pair<std::string, std::uint64_t>> Pipeline::checksums() const {
    auto out = judge_.checksums();
    out.emplace_back("grouper", grouper_.checksum());
    return out;
}

}  // namespace vedette::engine
