// SPDX-License-Identifier: Apache-2.0
#include "detect/sigma/correlator.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "detect/sigma/finding_of_rule.h"
#include "detect/sigma/limits.h"
#include "rule/sigma/fold.h"

namespace vedette::detect::sigma {

namespace {

using rule::sigma::Correlation;
using rule::sigma::Rule;
using Type = Correlation::Type;

std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b < 0 ? INT64_MIN : INT64_MAX;
}

bool is_numeric(const Correlation& correlation) {
    return correlation.type == Type::value_sum || correlation.type == Type::value_avg ||
           correlation.percentile.has_value();
}

}  // namespace

Correlator::Correlator(const std::vector<Rule>& rules, const std::vector<Correlation>& correlations,
                       std::size_t bytes_max)
    : rules_(&rules),
      correlations_(&correlations),
      bytes_max_(bytes_max),
      plan_(rules.size(), correlations),
      groups_(correlations.size()) {
    for (const Correlation& correlation : correlations) {
        Subject subject{&correlation, finding_of(correlation), {}};
        for (const Correlation::Member member : correlation.members) {
            subject.titles.push_back(member.is_correlation ? correlations[member.index].title
                                                           : rules[member.index].title);
        }
        subjects_.push_back(std::move(subject));
    }
}

void Correlator::observe(HitRecord record, const FindingSink& sink) {
    const auto shared = std::make_shared<const HitRecord>(std::move(record));
    for (const CorrelationPlan::User user : plan_.users_of_rule(shared->rule)) {
        insert(user, shared, 0, sink);
    }
    keep_within_bounds(sink);
}

void Correlator::tick(base::Timestamp time, const FindingSink& sink) {
    clock_ns_ = time.unix_ns;
    judge_pending(clock_ns_, sink);
    tell_all_changed(sink);
    while (!by_until_.empty() && std::get<0>(*by_until_.begin()) < clock_ns_) {
        const auto [until, correlation, key] = *by_until_.begin();
        forget_group({correlation, key}, sink);
    }
    keep_within_bounds(sink);
}

void Correlator::finish(const FindingSink& sink) {
    judge_pending(INT64_MAX, sink);
    tell_all_changed(sink);
    keep_within_bounds(sink);
}

std::size_t Correlator::group_count() const { return by_until_.size(); }

std::int64_t Correlator::until_of(const Correlation& correlation, const HitRecord& record) const {
    const std::int64_t from = std::max(record.due.unix_ns, clock_ns_);
    return saturating_add(from, correlation.timespan_ns + kLateNs);
}

bool Correlator::make_key(CorrelationPlan::User user, const HitRecord& record,
                          std::string& key) const {
    for (const std::uint32_t place : plan_.places(user, record.rule).group_by) {
        if (record.values[place].empty()) return false;
        base::put_text(key, rule::sigma::fold(record.values[place].front()));
    }
    return true;
}

void Correlator::take_values(CorrelationPlan::User user, Hit& hit) const {
    const Correlation& correlation = (*correlations_)[user.correlation];
    const auto& places = plan_.places(user, hit.record->rule).fields;
    if (places.empty()) return;
    const auto& values = hit.record->values;
    if (is_numeric(correlation)) {
        for (const std::string& value : values[places[0]]) {
            hit.number = rule::sigma::millionths_in(value);
            if (hit.number) return;
        }
        return;
    }
    if (places.size() == 1) {
        for (const std::string& value : values[places[0]]) {
            hit.values.push_back(base::hash128(rule::sigma::fold(value)));
        }
        std::sort(hit.values.begin(), hit.values.end());
        hit.values.erase(std::unique(hit.values.begin(), hit.values.end()), hit.values.end());
        return;
    }
    std::string together;
    for (const std::uint32_t place : places) {
        if (values[place].empty()) return;
        base::put_text(together, rule::sigma::fold(values[place].front()));
    }
    hit.values = {base::hash128(together)};
}

Group& Correlator::group_for(CorrelationPlan::User user, const HitRecord& record, std::string key) {
    Groups& groups = groups_[user.correlation];
    const auto found = groups.find(key);
    if (found != groups.end()) return found->second;
    std::vector<std::string> shown;
    for (const std::uint32_t place : plan_.places(user, record.rule).group_by) {
        shown.push_back(record.values[place].front());
    }
    Group group((*correlations_)[user.correlation], key, std::move(shown));
    return groups.emplace(std::move(key), std::move(group)).first->second;
}

void Correlator::insert(CorrelationPlan::User user, std::shared_ptr<const HitRecord> record,
                        std::uint64_t unit, const FindingSink& sink) {
    const Correlation& correlation = (*correlations_)[user.correlation];
    std::string key;
    if (!make_key(user, *record, key)) return;
    Hit hit;
    hit.record = record;
    hit.members = std::uint64_t{1} << user.member;
    hit.unit = unit;
    take_values(user, hit);
    hit.until_ns = until_of(correlation, *record);
    Group& group = group_for(user, *record, std::move(key));
    remove_place(user.correlation, group);
    group.prune(clock_ns_);
    forgotten_count_ += group.add(std::move(hit), on_fulfilled(user.correlation, group, sink));
    for (const Burst& burst : group.take_left()) tell(user.correlation, group, burst, true, sink);
    add_place(user.correlation, group);
}

Group::Fulfilled Correlator::on_fulfilled(std::uint32_t correlation, const Group& group,
                                          const FindingSink& sink) {
    return [this, correlation, &group, &sink](const Hit& last, rule::sigma::Millionths value,
                                              const Burst& burst, bool is_new) {
        if (watcher_) {
            watcher_({correlation, last.record->id, last.record->line, value, group.shown()});
        }
        if (is_new) tell(correlation, group, burst, false, sink);
        for (const CorrelationPlan::User user : plan_.users_of_correlation(correlation)) {
            insert(user, last.record, burst.unit(), sink);
        }
    };
}

void Correlator::tell(std::uint32_t correlation, const Group& group, const Burst& burst,
                      bool has_grown, const FindingSink& sink) const {
    if ((*correlations_)[correlation].is_silent) return;
    cases::Finding finding = burst.finding(subjects_[correlation], group.shown());
    finding.may_grow = true;
    finding.has_grown = has_grown;
    sink(std::move(finding));
}

void Correlator::tell_changed(std::uint32_t correlation, Group& group, const FindingSink& sink) {
    for (Burst& burst : group.bursts()) {
        if (!burst.is_changed()) continue;
        tell(correlation, group, burst, true, sink);
        burst.set_told();
    }
}

void Correlator::judge_pending(std::int64_t to_ns, const FindingSink& sink) {
    // What a judgement adds to other groups stands behind: those that others refer to come first.
    for (auto at = pending_.begin(); at != pending_.end();) {
        const auto [correlation, key] = *at;
        Group& group = groups_[correlation].find(key)->second;
        remove_place(correlation, group);
        group.judge_pending(to_ns, on_fulfilled(correlation, group, sink));
        for (const Burst& burst : group.take_left()) tell(correlation, group, burst, true, sink);
        add_place(correlation, group);
        at = pending_.upper_bound({correlation, key});
    }
}

void Correlator::tell_all_changed(const FindingSink& sink) {
    for (const auto& [correlation, key] : changed_) {
        tell_changed(correlation, groups_[correlation].find(key)->second, sink);
    }
    changed_.clear();
}

void Correlator::remove_place(std::uint32_t correlation, const Group& group) {
    bytes_ -= by_until_.erase({group.until_ns(), correlation, group.key()}) * group.bytes();
    pending_.erase({correlation, group.key()});
    changed_.erase({correlation, group.key()});
}

void Correlator::add_place(std::uint32_t correlation, const Group& group) {
    // The key of the map and not the group's own: it stays where it is.
    const std::string_view key = groups_[correlation].find(group.key())->first;
    by_until_.emplace(group.until_ns(), correlation, key);
    bytes_ += group.bytes();
    if (group.has_pending()) pending_.emplace(correlation, key);
    if (group.is_changed()) changed_.emplace(correlation, key);
}

void Correlator::forget_group(Place place, const FindingSink& sink) {
    const auto [correlation, key] = place;
    const auto found = groups_[correlation].find(key);
    VD_CHECK(found != groups_[correlation].end());
    tell_changed(correlation, found->second, sink);
    remove_place(correlation, found->second);
    groups_[correlation].erase(found);
}

void Correlator::keep_within_bounds(const FindingSink& sink) {
    while (bytes_ > bytes_max_ && !by_until_.empty()) {
        const auto [until, correlation, key] = *by_until_.begin();
        forget_group({correlation, key}, sink);
        ++forgotten_count_;
    }
}

void Correlator::clear() {
    for (Groups& groups : groups_) groups.clear();
    by_until_.clear();
    pending_.clear();
    changed_.clear();
    clock_ns_ = INT64_MIN;
    bytes_ = 0;
    forgotten_count_ = 0;
}

}  // namespace vedette::detect::sigma
