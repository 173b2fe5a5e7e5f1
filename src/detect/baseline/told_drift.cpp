// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/told_drift.h"

#include <fmt/format.h>

namespace vedette::detect::baseline {

namespace {

class DriftTeller {
  public:
    explicit DriftTeller(const ToldDrift& drift)
        : drift_(drift),
          analytic_(*drift.analytic),
          alarm_(drift.alarm),
          feature_(feature_of(analytic_)) {}

    cases::Finding finding() const {
        cases::Finding out;
        out.detector = kDetectorName;
        out.detector_version = kDetectorVersion;
        out.rule_id = analytic_.id.text + "-drift";
        out.title = analytic_.title + ": the level creeps " + (alarm_.is_up ? "up" : "down");
        out.severity = cases::parse_severity(analytic_.level).value_or(cases::Severity::medium);
        out.attack = analytic_.attack;
        const std::string id = drift_.entity.substr(0, drift_.entity.find(" > "));
        out.entities = {{analytic_.entity, id}};
        out.first_seen = drift_.first;
        out.last_seen = drift_.last;
        out.events = drift_.events;
        out.id = cases::finding_id(kDetectorName, out.rule_id, drift_.entity,
                                   fmt::format("{}/{}", drift_.window_ms, alarm_.run.begin));
        add_reasons(out);
        return out;
    }

  private:
    std::string number(double scaled) const {
        return number_words(analytic_.measure, unscaled(analytic_.measure, scaled));
    }
    std::string others() const { return alarm_.has_peers ? "its peers" : "everybody else"; }
    /// Where the others would be if their usual level were this one's.
    std::string others_now() const { return number(alarm_.slow + alarm_.others); }

    std::string sentence() const {
        return fmt::format(
            "{} of {} within {} has crept {} since {}: {} in the last week, {} over the months "
            "before; as {} moved it would be {}",
            feature_, drift_.entity, duration_words(drift_.window_ms), alarm_.is_up ? "up" : "down",
            day_words(alarm_.run.begin), number(alarm_.fast), number(alarm_.slow), others(),
            others_now());
    }

    void add_reasons(cases::Finding& out) const {
        const learn::DivergenceRun& run = alarm_.run;
        out.reasons.push_back({"summary", sentence(), "", 0, "self"});
        out.reasons.push_back({"drift of " + feature_,
                               fmt::format("{} in the last week", number(alarm_.fast)),
                               fmt::format("{}, by {:.0f} days of its slow baseline",
                                           number(alarm_.slow), alarm_.days),
                               run.own_bits, "self"});
        out.reasons.push_back(
            {"drift of others",
             fmt::format("{} went from {} to {}", others(), number(alarm_.slow), others_now()),
             "what others do as well is not its own", run.shared_bits,
             alarm_.has_peers ? "peers" : "everybody"});
        out.reasons.push_back({"allowance", fmt::format("{} days", run.days),
                               "a little drift a day is nobody's fault", run.allowance_bits,
                               "self"});
        out.reasons.push_back({"stake", fmt::format("{:.0f} days", kDriftBeginnings),
                               "it may have begun on any of them, and each stakes its share",
                               drift_bits(alarm_) - run.total(), "self"});
    }

    const ToldDrift& drift_;
    const rule::analytic::Analytic& analytic_;
    const DriftAlarm& alarm_;
    const std::string feature_;
};

}  // namespace

double drift_bits(const DriftAlarm& alarm) {
    return staked_bits(alarm.run.total(), kDriftBeginnings);
}

cases::Finding drift_finding(const ToldDrift& drift) { return DriftTeller(drift).finding(); }

}  // namespace vedette::detect::baseline
