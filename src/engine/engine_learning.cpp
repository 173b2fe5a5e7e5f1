// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <thread>

#include "engine/engine.h"
#include "engine/learning/kept_learned.h"
#include "engine/learning/learn_job.h"
#include "engine/learning/limits.h"

namespace vedette::engine {

using base::Result;

/// Until everything up to this record was judged.   Errors: cancelled.
Result<void> Engine::wait_until_judged(journal::Offset offset,
                                       const std::function<bool()>& is_stopping) const {
    while (pipeline_->applied() < offset) {
        if (is_stopping()) return base::fail(base::ErrorCode::cancelled, "asked to stop");
        std::this_thread::sleep_for(std::chrono::milliseconds(learning::kPlaceLookMs));
    }
    return {};
}

/// Both come into force by one record, and none of them is ever named before it is on the disk.
Result<void> Engine::adopt_learned(learning::Lesson lesson, const std::string& state,
                                   const std::string& subtracted,
                                   const std::function<bool()>& is_stopping) {
    if (!subtracted.empty()) {
        VD_TRY(lesson.subtracted, learned_->keep(subtracted));
    }
    VD_TRY(lesson.state, learned_->keep(state));
    VD_TRY(const journal::Offset offset,
           append_and_wait(journal::RecordKind::control, learning::lesson_control(lesson)));
    if (!subtracted.empty()) VD_TRY_DO(learned_->note(lesson.subtracted, offset));
    VD_TRY_DO(learned_->note(lesson.state, offset));
    VD_TRY_DO(learned_->remove_unneeded(journal_->first()));
    return wait_until_judged(offset, is_stopping);
}

void Engine::make_learning() {
    learning::LearnJobParts parts{detectors_, {}, {}, {}, {}, {}, {}};
    parts.store = [this]() -> Result<store::ClientOptions> {
        if (const auto store = store_client_options()) return *store;
        return base::fail(base::ErrorCode::unsupported, "this server keeps no store", {},
                          "set store.enabled: true");
    };
    parts.inputs_in_force = [this]() -> Result<detect::DetectorInputs> {
        VD_TRY(RuleSet set,
               load_ruleset(files_, config_.data_folder + "/rulesets", status().ruleset));
        return std::move(set.inputs);
    };
    parts.stored_to = [this] { return feed_ ? feed_->complete_to() : 0; };
    parts.in_force = [this](const auto& is_stopping) -> Result<learning::Lesson> {
        if (is_stopping) VD_TRY_DO(wait_until_judged(journal_->durable_end(), is_stopping));
        return pipeline_->lesson();
    };
    parts.kept = [this](const std::string& name) { return learned_->find(name); };
    parts.adopt = [this](learning::Lesson lesson, const std::string& state,
                         const std::string& subtracted, const auto& is_stopping) {
        return adopt_learned(std::move(lesson), state, subtracted, is_stopping);
    };
    learn_job_ = std::make_unique<learning::LearnJob>(std::move(parts));
}

}  // namespace vedette::engine
