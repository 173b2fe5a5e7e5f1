// SPDX-License-Identifier: Apache-2.0
#include "engine/judgement.h"

#include "base/hash.h"
#include "base/log.h"
#include "engine/intel/kept_indicators.h"
#include "engine/learning/kept_learned.h"
#include "engine/ruleset.h"
#include "engine/standings.h"

namespace vedette::engine {

namespace {

using base::Result;

constexpr std::string_view kGrouperSnapshot = "grouper";
constexpr std::string_view kClockSnapshot = "clock";
constexpr std::string_view kSearchesSnapshot = "searches";
constexpr std::string_view kDetectorSnapshotPrefix = "detector.";

}  // namespace

Result<void> Judgement::use_ruleset(const std::string& hash_hex) {
    if (hash_hex == ruleset_) return {};
    VD_TRY(const RuleSet set, load_ruleset(files_, ruleset_folder_, hash_hex));
    VD_TRY_DO(judge.use(set));
    ruleset_ = hash_hex;
    base::log::info("rules.in_force", {{"set", hash_hex},
                                       {"files", set.inputs.rule_files.size()},
                                       {"not_used", judge.notices().size()}});
    return {};
}

Result<void> Judgement::use_indicators(const std::string& name) {
    VD_TRY(auto index, kept_indicators_.find(name));
    base::log::info("intel.in_force", {{"set", name}, {"indicators", index->size()}});
    judge.use_indicators(std::move(index));
    indicators_ = name;
    return {};
}

Result<void> Judgement::adopt_learned(const learning::Lesson& taught) {
    const std::string& name = taught.state;
    VD_TRY(const std::string state, kept_learned_.find(name));
    lesson = taught;
    // A program of another version wrote it: the journal must stay readable, so learning begins
    // anew instead.
    if (const auto adopted = judge.adopt(state); !adopted) {
        base::log::warn("analytics.learned_not_taken",
                        {{"state", name}, {"why", adopted.error().message()}});
        return {};
    }
    base::log::info("analytics.learned_in_force",
                    {{"state", name}, {"subtracted", taught.subtracted}});
    return {};
}

Result<void> Judgement::save(store::StateTransaction& transaction, journal::Offset offset) const {
    VD_TRY_DO(transaction.put_snapshot(kRuleSetSnapshot, {offset, ruleset_}));
    VD_TRY_DO(transaction.put_snapshot(kIndicatorsSnapshot, {offset, indicators_}));
    for (auto& [name, state] : judge.save()) {
        VD_TRY_DO(transaction.put_snapshot(std::string(kDetectorSnapshotPrefix) + name,
                                           {offset, std::move(state)}));
    }
    VD_TRY_DO(transaction.put_snapshot(kClockSnapshot, {offset, clock.save()}));
    VD_TRY_DO(transaction.put_snapshot(kSearchesSnapshot, {offset, searches.save()}));
    VD_TRY_DO(transaction.put_snapshot(kCoverageSnapshot, {offset, coverage.save()}));
    VD_TRY_DO(transaction.put_snapshot(kArrivalsSnapshot, {offset, arrivals.save()}));
    VD_TRY_DO(transaction.put_snapshot(rule_replays::kReplaysSnapshot, {offset, replays.save()}));
    VD_TRY_DO(transaction.put_snapshot(kLedgerSnapshot, {offset, ledger.save()}));
    VD_TRY_DO(transaction.put_snapshot(learning::kLessonSnapshot, {offset, saved_lesson()}));
    VD_TRY_DO(
        transaction.put_snapshot(kStandingsSnapshot, {offset, standings_json(judge.standings())}));
    return transaction.put_snapshot(kGrouperSnapshot, {offset, grouper.save()});
}

Result<void> Judgement::restore(store::StateStore& state, journal::Offset offset) {
    VD_TRY(const auto ruleset, state.snapshot(kRuleSetSnapshot));
    // Made anew even if the set is the same: what a failed step left in detectors must go.
    judge.clear();
    ruleset_.clear();
    if (ruleset) {
        VD_TRY_DO(use_ruleset(ruleset->bytes));
    } else if (offset > 0) {
        return base::fail(base::ErrorCode::corrupt, "the state does not name its rule set", {},
                          "run `vedette journal rebuild`: the journal has everything");
    }
    VD_TRY(const auto indicators, state.snapshot(kIndicatorsSnapshot));
    VD_TRY_DO(use_indicators(indicators ? indicators->bytes : std::string()));
    for (const auto& [name, checksum] : judge.checksums()) {
        VD_TRY(const auto saved, state.snapshot(std::string(kDetectorSnapshotPrefix) + name));
        if (saved) VD_TRY_DO(judge.restore(name, saved->bytes));
    }
    VD_TRY(const auto saved_clock, state.snapshot(kClockSnapshot));
    clock = EventClock();
    if (saved_clock) VD_TRY_DO(clock.restore(saved_clock->bytes));
    VD_TRY(const auto saved_searches, state.snapshot(kSearchesSnapshot));
    searches = SearchSchedule();
    if (saved_searches) VD_TRY_DO(searches.restore(saved_searches->bytes));
    VD_TRY(const auto saved_coverage, state.snapshot(kCoverageSnapshot));
    coverage = Coverage();
    if (saved_coverage) VD_TRY_DO(coverage.restore(saved_coverage->bytes));
    VD_TRY(const auto saved_arrivals, state.snapshot(kArrivalsSnapshot));
    arrivals = Arrivals();
    if (saved_arrivals) VD_TRY_DO(arrivals.restore(saved_arrivals->bytes));
    VD_TRY(const auto saved_replays, state.snapshot(rule_replays::kReplaysSnapshot));
    replays = rule_replays::ReplayBook();
    is_without_replays_ = !saved_replays;
    if (saved_replays) VD_TRY_DO(replays.restore(saved_replays->bytes));
    VD_TRY(const auto saved_grouper, state.snapshot(kGrouperSnapshot));
    grouper = correlate::Grouper();
    if (saved_grouper) VD_TRY_DO(grouper.restore(saved_grouper->bytes));
    VD_TRY(const auto saved_lesson, state.snapshot(learning::kLessonSnapshot));
    lesson.reset();
    if (saved_lesson && saved_lesson->bytes.empty()) lesson.emplace();
    if (saved_lesson && !lesson) lesson = learning::lesson_of_control(saved_lesson->bytes);
    VD_TRY(const auto saved_ledger, state.snapshot(kLedgerSnapshot));
    ledger = correlate::Ledger();
    if (saved_ledger) VD_TRY_DO(ledger.restore(saved_ledger->bytes));
    return {};
}

std::string Judgement::saved_lesson() const {
    return lesson && !lesson->state.empty() ? learning::lesson_control(*lesson) : std::string();
}

std::vector<std::pair<std::string, std::uint64_t>> Judgement::checksums() const {
    auto out = judge.checksums();
    out.emplace_back("grouper", grouper.checksum());
    out.emplace_back("ledger", ledger.checksum());
    out.emplace_back("lesson", base::hash64(saved_lesson()));
    out.emplace_back("searches", base::hash64(searches.save()));
    out.emplace_back("rule_replays", base::hash64(replays.save()));
    return out;
}

}  // namespace vedette::engine
