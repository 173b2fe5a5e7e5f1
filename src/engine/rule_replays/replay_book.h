// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "engine/rule_replays/replay_control.h"

namespace vedette::engine::rule_replays {

/// Under this name state/ keeps the book.
inline constexpr std::string_view kReplaysSnapshot = "rule_replays";

/// Which contents of rules were ever in force, which are to be replayed over the history, and what
/// came of those that were. Fed with journalled records alone, so it is the same after any replay
/// of the journal.
///
/// Each set that comes into force waits to be looked at (next_set()); what of it is new is told by
/// a record. All rules of the first set that is looked at count as known: those of a server that
/// begins, and those that an older version had in force. A rule that is gone before its turn is
/// forgotten, so that it is new when it comes back.   Threads: one at a time.
class ReplayBook {
  public:
    /// A set, and the record that put it in force.
    struct Set {
        std::string name;
        journal::Offset offset = 0;
        bool operator==(const Set&) const = default;
    };
    struct Entry {
        DueRule rule;
        Set set;                   ///< with which it came
        std::int64_t from_ns = 0;  ///< where the history that counts begins
        ReplayOutcome outcome;     ///< without findings
        std::uint64_t findings = 0;
    };

    void observe_set(const std::string& name, journal::Offset offset);
    void observe_seen(const RulesSeen& seen);
    /// Whether it is news: a rule's outcome that was journalled twice counts once.
    bool observe_outcome(const ReplayOutcome& outcome);

    /// The oldest set that nobody looked at.
    std::optional<Set> next_set() const;
    /// The newest one that somebody did; with an empty name if none ever was.
    const Set& seen() const { return seen_; }
    /// The rule whose turn it is; nullptr: none.
    const Entry* next() const;
    bool is_known(const std::string& content) const;
    /// In the order in which they came, what is over as far as it is still shown.
    const std::deque<Entry>& entries() const { return entries_; }

    std::string save() const;
    /// Errors: corrupt; the book is empty then.
    base::Result<void> restore(std::string_view bytes);

  private:
    void add_known(const std::string& content);
    void drop_oldest_shown();

    std::deque<Set> sets_;  // to be looked at
    Set seen_;
    std::deque<base::Hash128> known_order_;
    std::unordered_set<base::Hash128> known_;
    std::deque<Entry> entries_;
};

}  // namespace vedette::engine::rule_replays
