// SPDX-License-Identifier: Apache-2.0
#include "engine/learning/history_learner.h"

#include <algorithm>
#include <memory>

#include "engine/learning/limits.h"

namespace vedette::engine::learning {

namespace {

using base::ErrorCode;
using base::Result;

/// The detector that learns: the one that can use analytics.
Result<std::unique_ptr<detect::Detector>> learner_of(const detect::Registry& registry,
                                                     const detect::DetectorInputs& inputs,
                                                     event::FieldDictionary& fields) {
    detect::DetectorInputs wanted;
    wanted.analytic_files = inputs.analytic_files;
    std::vector<detect::DetectorNotice> notices;
    for (const detect::DetectorKind& kind : registry.kinds()) {
        VD_TRY(auto made, kind.make(wanted, fields, notices));
        if (made->rule_count() > 0) return made;
    }
    return base::fail(ErrorCode::bad_input, "there is no analytic that could learn", {},
                      "name some in the configuration: analytics: [FOLDER]");
}

void keep_sample(std::vector<cases::Finding>& samples, cases::Finding finding) {
    const auto at = std::find_if(samples.begin(), samples.end(), [&](const cases::Finding& one) {
        return one.bits() < finding.bits();
    });
    samples.insert(at, std::move(finding));
    if (samples.size() > kSamplesPerAnalytic) samples.pop_back();
}

}  // namespace

Result<LearnedHistory> learn_history(const store::ClientOptions& store,
                                     const detect::Registry& registry,
                                     const detect::DetectorInputs& inputs,
                                     const OrderedChoice& choice, const LearnWatcher& watch) {
    event::FieldDictionary fields;
    VD_TRY(const auto detector, learner_of(registry, inputs, fields));
    LearnedHistory out;
    const detect::FindingSink found = [&](cases::Finding finding) {
        ++out.findings;
        ++out.findings_by_day[finding.last_seen.day()];
        keep_sample(out.samples[finding.rule_id], std::move(finding));
    };
    base::Timestamp reached = choice.range.from;
    out.begin = reached;
    const OrderedSink sink = {[&](const event::Batch& batch) -> Result<void> {
                                  if (out.events == 0) out.begin = batch.rows().front().time;
                                  out.events += batch.row_count();
                                  detector->observe(batch, found);
                                  reached = batch.rows().back().time;
                                  if (watch({out.events, out.findings, reached})) return {};
                                  return base::fail(ErrorCode::cancelled, "asked to stop");
                              },
                              [&](base::Timestamp time) -> Result<void> {
                                  detector->tick(time, found);
                                  return {};
                              }};
    VD_TRY(out.subtracted, read_in_order(store, choice, fields, sink));
    out.state = detector->save();
    out.standings = detector->standings();
    return out;
}

}  // namespace vedette::engine::learning
