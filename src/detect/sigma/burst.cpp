// SPDX-License-Identifier: Apache-2.0
#include "detect/sigma/burst.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "cases/record.h"
#include "detect/bits.h"
#include "detect/sigma/finding_of_rule.h"
#include "detect/sigma/limits.h"
#include "rule/sigma/fold.h"

namespace vedette::detect::sigma {

namespace {

using rule::sigma::Correlation;
using rule::sigma::cut_text;
using rule::sigma::Millionths;
using rule::sigma::text_of;
using Type = Correlation::Type;

/// Whether a greater value is the stronger one.
bool is_upward(const Correlation& correlation) {
    return std::any_of(correlation.condition.begin(), correlation.condition.end(),
                       [](const Correlation::Bound& bound) {
                           return bound.comparison == Correlation::Comparison::gt ||
                                  bound.comparison == Correlation::Comparison::gte;
                       });
}

std::string listed(const std::vector<std::string>& texts) {
    std::string out;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (i > 0) out += i + 1 == texts.size() ? " and " : ", ";
        out += texts[i];
    }
    return out;
}

/// What a value of the condition counts or measures: "11 different RelativeTargetName".
std::string measured(const Correlation& correlation, const std::string& number) {
    const std::string field = listed(correlation.fields);
    switch (correlation.type) {
        case Type::event_count: return number + (number == "1" ? " event" : " events");
        case Type::value_count: return number + " different " + field;
        case Type::value_sum: return "a sum of " + number + " in " + field;
        case Type::value_avg: return "an average of " + number + " in " + field;
        case Type::value_percentile:
            if (!correlation.percentile)
                return number + " percent of the events with this " + field;
            return "percentile " + text_of(*correlation.percentile) + " of " + field + " at " +
                   number;
        case Type::temporal: return number + " of the rules";
        case Type::temporal_ordered: return number + " of the rules in their order";
    }
    return number;
}

void put_millionths(std::string& out, Millionths value) {
    base::put(out, static_cast<std::int64_t>(value >> 64));
    base::put(out, static_cast<std::uint64_t>(value));
}

Millionths get_millionths(base::ByteReader& reader) {
    const auto high = reader.get<std::int64_t>();
    const auto low = reader.get<std::uint64_t>();
    return static_cast<Millionths>(high) * (static_cast<Millionths>(1) << 64) +
           static_cast<Millionths>(low);
}

}  // namespace

Burst::Burst(const Correlation& correlation, const std::string& group_key, const Hit& first)
    : id_(cases::finding_id(kDetectorName, correlation.id, group_key, first.record->id)),
      unit_(std::max<std::uint64_t>(1, base::hash64(id_))),
      last_seen_(first.record->time),
      member_counts_(correlation.members.size(), 0) {
    begin_with(*first.record);
}

void Burst::begin_with(const HitRecord& record) {
    first_seen_ = record.time;
    first_ = record.id;
    source_ = record.source;
    origin_ = record.origin;
    raw_ = record.raw;
    line_ = record.line;
}

bool Burst::reaches(std::int64_t time_ns, std::int64_t timespan_ns) const {
    std::int64_t begin = 0, end = 0, last = 0;
    if (__builtin_sub_overflow(first_seen_.unix_ns, timespan_ns, &begin)) begin = INT64_MIN;
    if (__builtin_add_overflow(last_seen_.unix_ns, timespan_ns, &end)) end = INT64_MAX;
    const std::int64_t span = std::max(timespan_ns, kBurstSpanNsMax);
    if (__builtin_add_overflow(first_seen_.unix_ns, span, &last)) last = INT64_MAX;
    return begin <= time_ns && time_ns <= std::min(end, last);
}

void Burst::add_event(event::EventId id) {
    const auto at = std::lower_bound(events_.begin(), events_.end(), id);
    if (at != events_.end() && *at == id) return;
    events_.insert(at, id);
    // The newest stays, so that what made the finding grow can be seen.
    if (events_.size() > cases::kFindingEventsMax) events_.erase(events_.end() - 2);
}

void Burst::count_members(std::uint64_t members) {
    for (std::size_t m = 0; m < member_counts_.size(); ++m) member_counts_[m] += members >> m & 1;
}

void Burst::join(const Hit& hit) {
    is_changed_ = true;
    ++event_count_;
    count_members(hit.members);
    add_event(hit.record->id);
    last_seen_ = std::max(last_seen_, hit.record->time);
    if (std::pair(hit.record->time, hit.record->id) < std::pair(first_seen_, first_)) {
        begin_with(*hit.record);
    }
    until_ns_ = std::max(until_ns_, hit.until_ns);
    for (const event::Entity& entity : hit.record->entities) {
        const bool is_known =
            std::find(entities_.begin(), entities_.end(), entity) != entities_.end();
        if (!is_known && entities_.size() < kFindingEntitiesMax) entities_.push_back(entity);
    }
}

void Burst::fulfil(const Correlation& correlation, const Hit& last, Millionths value) {
    if (!has_value_ || (is_upward(correlation) ? value > value_ : value < value_)) value_ = value;
    has_value_ = true;
    is_changed_ = true;
    until_ns_ = std::max(until_ns_, last.until_ns);
}

std::size_t Burst::bytes() const {
    std::size_t out = sizeof *this + id_.size() + source_.size() + origin_.size() + raw_.size() +
                      member_counts_.size() * sizeof(std::uint64_t) +
                      events_.size() * sizeof(event::EventId);
    for (const event::Entity& entity : entities_) out += sizeof entity + entity.id.size();
    return out;
}

/// "27 events within 1 min with IpAddress 10.0.2.15; 30 events in all, from ... to ..."
std::string Burst::sentence(const Correlation& correlation,
                            const std::vector<std::string>& group) const {
    std::string out = measured(correlation, text_of(value_)) + " within " +
                      rule::sigma::duration_words(correlation.timespan_ns);
    std::vector<std::string> values;
    for (std::size_t i = 0; i < group.size(); ++i) {
        values.push_back(correlation.group_by[i] + " " + cut_text(group[i], kShownValueBytesMax));
    }
    if (!values.empty()) out += " with " + listed(values);
    return out + "; " + std::to_string(event_count_) +
           (event_count_ == 1 ? " event in all, at " : " events in all, from ") +
           base::format_rfc3339(first_seen_, 0) +
           (event_count_ == 1 ? "" : " to " + base::format_rfc3339(last_seen_, 0));
}

cases::Finding Burst::finding(const Subject& subject, const std::vector<std::string>& group) const {
    const Correlation& correlation = *subject.correlation;
    cases::Finding out = subject.begun;
    out.id = id_;
    out.entities = entities_;
    out.first_seen = first_seen_;
    out.last_seen = last_seen_;
    out.events = events_;
    out.source = source_;
    out.origin = origin_;
    out.record = line_;
    out.raw = raw_;
    std::string expected = measured(correlation, correlation.condition_words()) + " within " +
                           rule::sigma::duration_words(correlation.timespan_ns);
    if (!group.empty()) expected += " with the same " + listed(correlation.group_by);
    out.reasons.push_back({std::string(name(correlation.type)), sentence(correlation, group),
                           std::move(expected), 0, "rule"});
    for (std::size_t m = 0; m < member_counts_.size(); ++m) {
        if (member_counts_[m] == 0) continue;
        const char* const events = member_counts_[m] == 1 ? " event: " : " events: ";
        out.reasons.push_back({"rule",
                               std::to_string(member_counts_[m]) + events +
                                   cut_text(subject.titles[m], kShownValueBytesMax),
                               "one of the rules that the correlation looks at", 0, "rule"});
    }
    const std::vector<double> bits = split_bits(prior_bits(out.severity), out.reasons.size());
    for (std::size_t i = 0; i < bits.size(); ++i) out.reasons[i].bits = bits[i];
    return out;
}

void Burst::save(std::string& out) const {
    base::put_text(out, id_);
    base::put(out, unit_);
    base::put(out, first_seen_.unix_ns);
    base::put(out, last_seen_.unix_ns);
    base::put(out, first_.offset);
    base::put(out, first_.row);
    base::put(out, until_ns_);
    base::put_varint(out, event_count_);
    for (const std::uint64_t count : member_counts_) base::put_varint(out, count);
    put_millionths(out, value_);
    base::put(out, static_cast<std::uint8_t>(has_value_));
    base::put_varint(out, events_.size());
    for (const event::EventId& id : events_) {
        base::put(out, id.offset);
        base::put(out, id.row);
    }
    base::put_varint(out, entities_.size());
    for (const event::Entity& entity : entities_) cases::put_entity(out, entity);
    for (const std::string* text : {&source_, &origin_, &raw_}) base::put_text(out, *text);
    base::put_varint(out, line_);
    base::put(out, static_cast<std::uint8_t>(is_changed_));
}

Burst Burst::restore(base::ByteReader& reader, std::size_t member_count) {
    Burst out;
    out.id_ = reader.text();
    out.unit_ = reader.get<std::uint64_t>();
    out.first_seen_.unix_ns = reader.get<std::int64_t>();
    out.last_seen_.unix_ns = reader.get<std::int64_t>();
    out.first_.offset = reader.get<std::uint64_t>();
    out.first_.row = reader.get<std::uint32_t>();
    out.until_ns_ = reader.get<std::int64_t>();
    out.event_count_ = reader.varint();
    for (std::size_t m = 0; m < member_count; ++m) out.member_counts_.push_back(reader.varint());
    out.value_ = get_millionths(reader);
    const auto has_value = reader.get<std::uint8_t>();
    out.has_value_ = has_value != 0;
    const std::uint64_t events = reader.varint();
    for (std::uint64_t i = 0; i < events && reader.is_good(); ++i) {
        event::EventId id;
        id.offset = reader.get<std::uint64_t>();
        id.row = reader.get<std::uint32_t>();
        out.events_.push_back(id);
    }
    const std::uint64_t entities = reader.varint();
    for (std::uint64_t i = 0; i < entities && reader.is_good(); ++i) {
        out.entities_.push_back(cases::get_entity(reader));
    }
    for (std::string* text : {&out.source_, &out.origin_, &out.raw_}) *text = reader.text();
    out.line_ = reader.varint();
    const auto is_changed = reader.get<std::uint8_t>();
    out.is_changed_ = is_changed != 0;
    const bool is_right =
        out.unit_ != 0 && has_value == 1 && is_changed <= 1 && out.event_count_ > 0 &&
        !out.events_.empty() && out.events_.size() <= cases::kFindingEventsMax &&
        out.entities_.size() <= kFindingEntitiesMax && out.first_seen_ <= out.last_seen_ &&
        std::is_sorted(out.events_.begin(), out.events_.end()) &&
        std::adjacent_find(out.events_.begin(), out.events_.end()) == out.events_.end();
    if (!is_right) reader.take(reader.remaining() + 1);
    return out;
}

}  // namespace vedette::detect::sigma
