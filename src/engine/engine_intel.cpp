// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"
#include "engine/intel/feeds.h"
#include "engine/intel/hunter.h"
#include "engine/intel/kept_indicators.h"

namespace vedette::engine {

void Engine::make_intel() {
    const auto journal = [this](std::string payload) {
        return append_and_wait(journal::RecordKind::control, std::move(payload));
    };
    if (const auto store = store_client_options(); store && config_.intel.history_days > 0) {
        hunter_ = std::make_unique<intel::Hunter>(intel::HunterParts{
            files_, clock_, counters_, *indicators_, *store, config_.data_folder,
            config_.intel.history_days, [this] { return feed_->complete_to(); }, journal});
    }
    feeds_ = std::make_unique<intel::Feeds>(intel::FeedsParts{
        files_, clock_, counters_, *indicators_, config_.intel, config_.data_folder, journal,
        [this] { return journal_->first(); },
        [this] {
            if (hunter_) hunter_->notify();
        },
        [this] { return hunter_ ? hunter_->wanted() : std::vector<std::string>(); }});
}

}  // namespace vedette::engine
