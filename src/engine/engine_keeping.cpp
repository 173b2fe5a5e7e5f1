// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "base/log.h"
#include "engine/backup/capture.h"
#include "engine/engine.h"
#include "engine/forget.h"
#include "engine/limits.h"
#include "engine/retention.h"
#include "engine/upgrade/snapshot.h"

namespace vedette::engine {

using base::ErrorCode;
using base::Result;

void Engine::make_keeping() {
    const auto decide = [this](std::string payload) {
        return append_and_wait(journal::RecordKind::control, std::move(payload));
    };
    forgetting_ = std::make_unique<Forgetting>(
        ForgetParts{store_client_options(), config_.data_folder, state_path(), files_, clock_,
                    *journal_, *sink_, formats_, workers_, holds_, *pipeline_, decide,
                    [this] { return retention_->is_stopping(); }});
    retention_ = std::make_unique<Retention>(RetentionParts{
        config_.retention, store_client_options(), config_.data_folder, state_path(), *pipeline_,
        *journal_, holds_, clock_, counters_, decide, [this] { remove_unused(); },
        [this](const DecisionAt& decision) { return forgetting_->carry_out(decision); }});
}

/// Kept lists and formats that no record of the journal names, nor one that may come back to it.
void Engine::remove_unused() {
    const auto done = [&]() -> Result<std::size_t> {
        const std::lock_guard lock(kept_use_mutex_);
        const auto is_stopping = [this] { return retention_->is_stopping(); };
        // The long way first: what follows holds up whoever wants to change what is in force.
        VD_TRY_DO(kept_use_->read_on(is_stopping));
        const std::lock_guard in_force_lock(reload_mutex_);
        VD_TRY_DO(sink_->wait_for_offered(kControlTimeoutMs));
        VD_TRY_DO(kept_use_->read_on(is_stopping));
        VD_TRY(const bool may_come_back, backup::is_running(config_.data_folder));
        if (may_come_back) return std::size_t{0};
        VD_TRY(const auto all, upgrade::snapshots(files_, config_.data_folder));
        for (const upgrade::Snapshot& snapshot : all) {
            VD_TRY(const journal::Offset first,
                   upgrade::first_reachable(files_, config_.data_folder, snapshot));
            if (first < journal_->first()) return std::size_t{0};
        }
        VD_TRY(const std::size_t lists, lists_.remove_unused(kept_use_->list_sets()));
        VD_TRY(const std::size_t formats, made_formats_.remove_unused(kept_use_->formats()));
        return lists + formats;
    }();
    if (!done) {
        base::log::warn("retention.kept_files_stay", {{"why", done.error().message()}});
    } else if (*done > 0) {
        base::log::info("retention.kept_files_removed", {{"files", *done}});
    }
}

Result<std::vector<std::pair<Hold, std::optional<HoldText>>>> Engine::holds() {
    VD_TRY(auto state, store::StateReader::open(state_path()));
    VD_TRY(const auto decisions, read_decisions(state));
    std::vector<std::pair<Hold, std::optional<HoldText>>> out;
    for (Hold& hold : holds_of(decisions)) {
        VD_TRY(auto text, holds_.find(hold.added.text_hash));
        out.emplace_back(std::move(hold), std::move(text));
    }
    return out;
}

/// The next one who asks about holds must find it: the answer comes once the state has it.
Result<void> Engine::decide_on_hold(const Decision& decision) {
    VD_TRY(const journal::Offset offset,
           append_and_wait(journal::RecordKind::control, encode(decision)));
    for (int waited_ms = 0; pipeline_->applied() < offset; waited_ms += kRetentionLookMs) {
        if (waited_ms > kControlTimeoutMs) {
            return base::fail(ErrorCode::timeout, "it is journalled, and the state is behind");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(kRetentionLookMs));
    }
    return {};
}

Result<void> Engine::add_hold(const std::string& name, const HoldText& text,
                              const std::string& by) {
    if (!is_decision_name(name)) {
        return base::fail(ErrorCode::bad_input, "'" + name + "' is no name of a hold", {},
                          "letters, digits, '_', '-' and '.', at most 64");
    }
    if (text.reason.empty()) return base::fail(ErrorCode::bad_input, "a hold needs a reason");
    rule::search::SqlWriter writer;
    const base::Timestamp now = clock_.now();
    VD_TRY_DO(event_condition(writer, text.query, text.from, text.to, now));
    const std::lock_guard lock(holds_mutex_);
    VD_TRY(const auto known, holds());
    const bool is_taken = std::any_of(known.begin(), known.end(), [&](const auto& one) {
        return one.first.added.name == name && one.first.released_at == 0;
    });
    if (is_taken) {
        return base::fail(ErrorCode::bad_input, "there is a hold '" + name + "'", {},
                          "release it, or choose another name");
    }
    HoldText salted = text;
    std::random_device random;
    salted.salt = fmt::format("{:08x}{:08x}", random(), random());
    VD_TRY(const std::string hash, holds_.keep(salted));
    VD_TRY_DO(decide_on_hold(HoldDecision{name, hash, by, now}));
    base::log::info("hold.added", {{"hold", name}, {"by", by}});
    return {};
}

Result<void> Engine::release_hold(const std::string& name, const std::string& by) {
    const std::lock_guard lock(holds_mutex_);
    VD_TRY(const auto known, holds());
    const bool is_there = std::any_of(known.begin(), known.end(), [&](const auto& one) {
        return one.first.added.name == name && one.first.released_at == 0;
    });
    if (!is_there) {
        return base::fail(ErrorCode::not_found, "there is no hold '" + name + "'", {},
                          "`vedette hold list` has them");
    }
    VD_TRY_DO(decide_on_hold(ReleaseDecision{name, by, clock_.now()}));
    base::log::info("hold.released", {{"hold", name}, {"by", by}});
    return {};
}

}  // namespace vedette::engine
