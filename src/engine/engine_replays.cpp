// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"
#include "engine/rule_replays/replayer.h"

namespace vedette::engine {

void Engine::make_replayer() {
    const auto store = store_client_options();
    if (!store) return;
    rule_replays::ReplayerParts parts{clock_, counters_, config_.replay_days, {}, {}, {}, {}, {}};
    parts.rule_set = [this](const std::string& name) {
        return load_ruleset(files_, config_.data_folder + "/rulesets", name);
    };
    parts.look = [this, store = *store](const auto& rule, const auto& range, const auto& watch) {
        return rule_replays::find_in_history(store, rule, range, promotion_->columns(), watch);
    };
    parts.stored_to = [this] { return feed_->complete_to(); };
    parts.known =
        [this](const std::vector<cases::Finding>& findings) -> base::Result<std::set<std::string>> {
        VD_TRY(auto state, store::StateReader::open(state_path()));
        std::set<std::string> out;
        for (const cases::Finding& finding : findings) {
            VD_TRY(const auto found, state.finding(finding.id));
            if (found) out.insert(finding.id);
        }
        return out;
    };
    parts.journal = [this](std::string payload) {
        return append_and_wait(journal::RecordKind::control, std::move(payload));
    };
    replayer_ = std::make_unique<rule_replays::Replayer>(std::move(parts));
}

std::optional<rule_replays::ReplaysStatus> Engine::replays() const {
    if (!replayer_) return std::nullopt;
    return replayer_->status();
}

}  // namespace vedette::engine
