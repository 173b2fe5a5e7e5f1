// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"
#include "engine/learning/kept_learned.h"
#include "engine/learning/learn_job.h"

namespace vedette::engine {

void Engine::make_learning() {
    learning::LearnJobParts parts{detectors_, {}, {}, {}, {}};
    parts.store = [this]() -> base::Result<store::ClientOptions> {
        if (const auto store = store_client_options()) return *store;
        return base::fail(base::ErrorCode::unsupported, "this server keeps no store", {},
                          "set store.enabled: true");
    };
    parts.inputs_in_force = [this]() -> base::Result<detect::DetectorInputs> {
        VD_TRY(RuleSet set,
               load_ruleset(files_, config_.data_folder + "/rulesets", status().ruleset));
        return std::move(set.inputs);
    };
    parts.stored_to = [this] { return feed_ ? feed_->complete_to() : 0; };
    parts.adopt = [this](const std::string& state) -> base::Result<void> {
        VD_TRY(const std::string name, learned_->keep(state));
        VD_TRY(const journal::Offset offset,
               append_and_wait(journal::RecordKind::control, learning::learned_control(name)));
        VD_TRY_DO(learned_->note(name, offset));
        VD_TRY_DO(learned_->remove_unneeded(journal_->first()));
        return {};
    };
    learn_job_ = std::make_unique<learning::LearnJob>(std::move(parts));
}

}  // namespace vedette::engine
