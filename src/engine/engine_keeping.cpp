// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "base/log.h"
#include "engine/engine.h"
#include "engine/forget.h"
#include "engine/limits.h"
#include "engine/retention.h"

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
        *journal_, holds_, clock_, counters_, decide,
        [this](const DecisionAt& decision) { return forgetting_->carry_out(decision); }});
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
