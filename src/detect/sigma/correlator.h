// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "detect/detector.h"
#include "detect/sigma/correlation_plan.h"
#include "detect/sigma/group.h"
#include "detect/sigma/hit.h"
#include "rule/sigma/rule.h"

namespace vedette::detect::sigma {

/// Correlations over the events that single-event rules match, on the stream, in event time.
///
/// What a correlation means:
/// - Its events are those that the rules it refers to match. Those with equal values (without case)
///   in all fields of `group-by` are a group; of several values the first counts. An event that
///   lacks one of these fields is none of its events. One that several of the rules match is one
///   event; its values are those of the first of them.
/// - Events of a group stand in the order of their time, then of their id. The window of an event
///   begins exactly one time span before its time and ends with it; both ends belong to it, events
///   behind it in this order do not. It meets the condition or not (window_value.h).
/// - Whatever order events come in, each is put in its place. Where only more can make a condition
///   true (Correlation::is_immediate) the windows that a late event lies in are judged again, so
///   that the outcome is that of the right order. All other conditions are judged once, when the
///   clock has passed the event's time; what comes later than that is judged at the next tick, and
///   what was told is not taken back.
/// - Windows of a group that meet the condition and end no further apart than the time span are one
///   finding that grows (burst.h), for a day at most. It is told at once, and at the next tick as
///   it is by then.
/// - A correlation that refers to another has as events those that completed windows of the other,
///   with their own fields. event_count counts those of one finding of the other once.
///
/// Remembering: an event is remembered until the clock has passed its time, or if it came late that
/// of its arrival, by the time span and kLateNs. All groups together keep within `bytes_max`: past
/// it the group whose last event is the oldest is forgotten, and counted; so is the oldest event of
/// a group past kGroupHitsMax. What is forgotten may leave a correlation untold, and tells none
/// that was not there (but by `lt`, `lte`, `eq`, averages and percentiles, which may then be met).
///
/// Deterministic in the order of calls and free of boundaries. Pure: knows no clock but ticks.
/// Threads: one at a time.   Cost: group.h, window_value.h; save() writes everything.
/// Source: Sigma correlation rules specification 2.1.0
class Correlator {
  public:
    /// Takes what load_rule_set gave; both must outlive it.
    Correlator(const std::vector<rule::sigma::Rule>& rules,
               const std::vector<rule::sigma::Correlation>& correlations, std::size_t bytes_max);

    const CorrelationPlan& plan() const { return plan_; }
    bool uses(std::uint32_t rule) const { return !plan_.users_of_rule(rule).empty(); }

    /// An event that a rule matched, in the order of rows and rules.
    void observe(HitRecord record, const FindingSink& sink);
    void tick(base::Timestamp time, const FindingSink& sink);
    /// Nothing more will come: judges what waited, tells what changed.
    void finish(const FindingSink& sink);

    /// Each event that completed a window; for tests, and for whoever explains.
    struct Match {
        std::uint32_t correlation = 0;
        event::EventId event;
        std::uint64_t line = 0;
        rule::sigma::Millionths value = 0;
        std::vector<std::string> group;
        bool operator==(const Match&) const = default;
    };
    void watch(std::function<void(const Match&)> watcher) { watcher_ = std::move(watcher); }

    /// All it remembers, and back. The first bytes name version and correlations.
    std::string save() const;
    /// Errors: corrupt, unsupported; then it is empty.
    base::Result<void> restore(std::string_view state);

    std::size_t memory_bytes() const { return bytes_; }
    std::size_t group_count() const;
    /// Groups, and events of overfull groups, that were forgotten before their time.
    std::uint64_t forgotten_count() const { return forgotten_count_; }

  private:
    using Groups = std::map<std::string, Group, std::less<>>;  // by key
    /// A group by correlation and key, which lives in the map.
    using Place = std::pair<std::uint32_t, std::string_view>;

    void insert(CorrelationPlan::User user, std::shared_ptr<const HitRecord> record,
                std::uint64_t unit, const FindingSink& sink);
    /// What the condition looks at, as far as it is there.
    void take_values(CorrelationPlan::User user, Hit& hit) const;
    Group& group_for(CorrelationPlan::User user, const HitRecord& record, std::string key);
    /// False if a field is lacking.
    bool make_key(CorrelationPlan::User user, const HitRecord& record, std::string& key) const;
    Group::Fulfilled on_fulfilled(std::uint32_t correlation, const Group& group,
                                  const FindingSink& sink);
    void tell(std::uint32_t correlation, const Group& group, const Burst& burst, bool has_grown,
              const FindingSink& sink) const;
    void tell_changed(std::uint32_t correlation, Group& group, const FindingSink& sink);
    void judge_pending(std::int64_t to_ns, const FindingSink& sink);
    void tell_all_changed(const FindingSink& sink);
    /// Around every change of a group.
    void remove_place(std::uint32_t correlation, const Group& group);
    void add_place(std::uint32_t correlation, const Group& group);
    void forget_group(Place place, const FindingSink& sink);
    void keep_within_bounds(const FindingSink& sink);
    std::int64_t until_of(const rule::sigma::Correlation& correlation,
                          const HitRecord& record) const;
    void clear();
    std::uint64_t fingerprint() const;
    base::Result<void> restore_groups(base::ByteReader& reader);
    bool restore_group(base::ByteReader& reader, std::uint32_t correlation,
                       const std::vector<std::shared_ptr<const HitRecord>>& records);

    const std::vector<rule::sigma::Rule>* rules_;
    const std::vector<rule::sigma::Correlation>* correlations_;
    const std::size_t bytes_max_;
    CorrelationPlan plan_;
    std::vector<Subject> subjects_;  // by correlation
    std::vector<Groups> groups_;     // by correlation
    std::set<std::tuple<std::int64_t, std::uint32_t, std::string_view>> by_until_;
    std::set<Place> pending_, changed_;
    std::int64_t clock_ns_ = INT64_MIN;
    std::size_t bytes_ = 0;
    std::uint64_t forgotten_count_ = 0;
    std::function<void(const Match&)> watcher_;
};

}  // namespace vedette::detect::sigma
