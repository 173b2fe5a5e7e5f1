// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/baseline.h"
#include "detect/registry.h"

namespace vedette::detect {

namespace baseline {
namespace {

base::Result<std::unique_ptr<Detector>> make_baseline(const DetectorInputs& inputs,
                                                      event::FieldDictionary&,
                                                      std::vector<DetectorNotice>& notices) {
    rule::analytic::AnalyticSet set = rule::analytic::read_analytics(inputs.analytic_files);
    for (const base::Error& refusal : set.refusals) {
        notices.push_back({refusal.where,
                           refusal.text + (refusal.hint.empty() ? "" : " (" + refusal.hint + ")")});
    }
    std::vector<Behaviour> behaviours;
    for (rule::analytic::Analytic& analytic : set.analytics) {
        const std::string id = analytic.id.text;
        auto made = Behaviour::make(std::move(analytic));
        if (made) {
            behaviours.push_back(std::move(*made));
        } else {
            notices.push_back({id, made.error().message()});
        }
    }
    return std::make_unique<BaselineDetector>(std::move(behaviours));
}

}  // namespace
}  // namespace baseline

void register_baseline(Registry& registry);
void register_baseline(Registry& registry) {
    registry.add({std::string(baseline::kDetectorName), baseline::make_baseline});
}

}  // namespace vedette::detect
