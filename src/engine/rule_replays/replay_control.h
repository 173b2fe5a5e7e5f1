// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cases/finding.h"
#include "journal/journal.h"

namespace vedette::engine::rule_replays {

/// What the journal is told of replaying new rules over the history, as control records, and back.
/// Rules are named by their content (rule/sigma/meaning.h), as 32 hexadecimal digits.

/// A rule of a set that was not known before, and is to be replayed.
struct DueRule {
    std::string content, id, title;
    bool operator==(const DueRule&) const = default;
};

/// What of a rule set is new.
struct RulesSeen {
    std::string set;                 ///< the rule set
    journal::Offset offset = 0;      ///< of the record that put it in force
    std::int64_t from_ns = 0;        ///< where the history that counts begins
    std::vector<std::string> known;  ///< new, and not to be replayed
    std::vector<DueRule> due;        ///< new, and to be replayed
};
std::string rules_seen_control(const RulesSeen& seen);
/// Nothing if the record is about something else, or damaged.
std::optional<RulesSeen> rules_seen_of_control(std::string_view payload);

enum class ReplayState : std::uint8_t {
    waiting,
    done,
    failed,   ///< `reason`; it is not tried again
    skipped,  ///< `reason`
};
std::string_view name(ReplayState state);

/// What came of one rule. The history that was read may be gone when the journal is replayed, so
/// the findings are in the record.
struct ReplayOutcome {
    std::string content;
    ReplayState state = ReplayState::done;
    std::string reason;
    std::int64_t when_ns = 0;    ///< the wall clock, for people
    std::uint64_t events = 0;    ///< in the stretch of history
    std::uint64_t hits = 0;      ///< of them, events on which its rules are true
    std::uint64_t known = 0;     ///< findings that were there before
    std::uint64_t left_out = 0;  ///< findings beyond the bounds
    bool is_cut = false;         ///< a correlation that was not judged to the end: too many events
    std::vector<cases::Finding> findings;
};
std::string replay_outcome_control(const ReplayOutcome& outcome);
/// Nothing if the record is about something else, or damaged.
std::optional<ReplayOutcome> replay_outcome_of_control(std::string_view payload);

/// 32 lower-case hexadecimal digits.
bool is_content(std::string_view text);

}  // namespace vedette::engine::rule_replays
