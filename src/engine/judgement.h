// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "correlate/grouper.h"
#include "correlate/ledger.h"
#include "engine/arrivals.h"
#include "engine/coverage.h"
#include "engine/event_clock.h"
#include "engine/judge.h"
#include "engine/learning/lesson.h"
#include "engine/rule_replays/replay_book.h"
#include "engine/search_schedule.h"
#include "engine/step.h"
#include "store/state/state_store.h"

namespace vedette::engine {

/// Under these names state/ keeps what doctor reads.
inline constexpr std::string_view kCoverageSnapshot = "coverage";
inline constexpr std::string_view kArrivalsSnapshot = "arrivals";
/// And the evidence against each entity, which `vedette entities` reads.
inline constexpr std::string_view kLedgerSnapshot = "ledger";
/// And which indicators are in force.
inline constexpr std::string_view kIndicatorsSnapshot = "indicators";

namespace intel {
class KeptIndicators;
}
namespace learning {
class KeptLearned;
}

/// What the pipeline holds in memory between two steps: rule set in force, detectors, event time,
/// open incidents, the ledger of evidence, scheduled searches, replays of new rules, what came of
/// which source and with which fields. It is saved whole, under one journal offset, and put back
/// whole; what came after that offset is judged again from the journal. So saving may be as rare as
/// replay is cheap.
/// Threads: one at a time.
class Judgement {
  public:
    Judgement(const detect::Registry& detectors, event::FieldDictionary& fields, base::Files& files,
              std::string ruleset_folder, intel::KeptIndicators& indicators,
              learning::KeptLearned& learned)
        : judge(detectors, fields),
          files_(files),
          ruleset_folder_(std::move(ruleset_folder)),
          kept_indicators_(indicators),
          kept_learned_(learned) {}

    /// Puts the rule set of this hash in force; nothing if it is already.
    /// Errors: not_found or corrupt for the set; the old one then stays.
    base::Result<void> use_ruleset(const std::string& hash_hex);

    /// Puts the feeds of indicators of this name in force.   Errors: as use_ruleset.
    base::Result<void> use_indicators(const std::string& name);

    /// Puts what was learned of a history, kept under the lesson's name, in force.
    /// What another version of the program learned is not taken, and learning begins anew.
    /// Errors: not_found or corrupt; what was learned before then stays.
    base::Result<void> adopt_learned(const learning::Lesson& taught);

    /// Changes of incidents must have been taken. Cost: encodes everything, milliseconds per
    /// thousand open incidents.
    base::Result<void> save(store::StateTransaction& transaction, journal::Offset offset) const;
    /// Errors: those of the state store, of the rule set, of the saved bytes; corrupt if something
    /// was judged but no rule set is named.
    base::Result<void> restore(store::StateStore& state, journal::Offset offset);

    /// Whether the state that was restored last had no book of replays: that of an older version,
    /// and one that is judged again.
    bool is_without_replays() const { return is_without_replays_; }
    /// The rule set in force; empty: none.
    const std::string& ruleset() const { return ruleset_; }

    /// name -> checksum of detectors and grouper.
    std::vector<std::pair<std::string, std::uint64_t>> checksums() const;

    Judge judge;
    EventClock clock;
    correlate::Grouper grouper;
    correlate::Ledger ledger;
    SearchSchedule searches;
    Coverage coverage;
    Arrivals arrivals;
    rule_replays::ReplayBook replays;
    /// What was put in force last; nothing: the restored state did not say.
    std::optional<learning::Lesson> lesson;

  private:
    std::string saved_lesson() const;

    base::Files& files_;
    const std::string ruleset_folder_;
    intel::KeptIndicators& kept_indicators_;
    learning::KeptLearned& kept_learned_;
    std::string ruleset_;     // hash of the set in force
    std::string indicators_;  // name of the set in force
    bool is_without_replays_ = false;
};

}  // namespace vedette::engine
