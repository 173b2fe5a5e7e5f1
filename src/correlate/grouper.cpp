// SPDX-License-Identifier: Apache-2.0
#include "correlate/grouper.h"

#include <algorithm>
#include <limits>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"

namespace vedette::correlate {

namespace {

constexpr std::uint8_t kStateVersion = 2;

/// Sums that stay at the end of the range instead of running over: events may be dated 1678 or
/// 2262.
std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b < 0 ? std::numeric_limits<std::int64_t>::min()
                 : std::numeric_limits<std::int64_t>::max();
}

std::int64_t window_ns(const GrouperSettings& settings) {
    return settings.window_s * base::kNsPerSecond;
}

base::Timestamp end_of(const cases::Finding& finding) {
    return std::max(finding.first_seen, finding.last_seen);
}

/// What an incident costs besides itself: its places in the indexes.
std::size_t index_bytes(const OpenIncident& incident) {
    // Nodes of two sets and the map, and per link a set's node and its share of the hash table.
    constexpr std::size_t kPerIncident = 200, kPerLink = 160;
    std::size_t out = kPerIncident;
    for (const std::string& key : incident.links()) out += kPerLink + key.size();
    return out;
}

}  // namespace

bool Grouper::is_joinable(const OpenIncident& incident, base::Timestamp first, base::Timestamp last,
                          const std::vector<event::Entity>& entities) const {
    const std::int64_t window = window_ns(settings_);
    if (first.unix_ns > saturating_add(incident.last_seen().unix_ns, window)) return false;
    if (last.unix_ns < saturating_add(incident.first_seen().unix_ns, -window)) return false;
    const std::int64_t begin = std::min(first, incident.first_seen()).unix_ns;
    const std::int64_t end = std::max(last, incident.last_seen()).unix_ns;
    if (end > saturating_add(begin, settings_.span_s_max * base::kNsPerSecond)) return false;
    return incident.has_room_for(entities);
}

std::vector<Grouper::Number> Grouper::candidates(const std::vector<std::string>& keys) const {
    std::vector<Number> out;
    for (const std::string& key : keys) {
        const auto found = by_link_.find(key);
        if (found == by_link_.end()) continue;
        std::size_t taken = 0;
        for (auto it = found->second.rbegin();
             it != found->second.rend() && taken < kIncidentsPerLinkMax; ++it, ++taken) {
            out.push_back(*it);
        }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

void Grouper::observe(const cases::Finding& finding, BitSteps evidence) {
    ++clock_;
    const std::vector<event::Entity> entities = kept_entities(finding);
    const std::vector<std::string> keys = link_keys(finding);
    Number home = 0;
    const std::vector<Number> found = candidates(keys);
    if (finding.has_grown && grow(finding, keys, found)) return keep_within_memory();
    for (const Number number : found) {
        Entry& entry = open_.at(number);
        if (home != 0) {
            const OpenIncident& into = open_.at(home).incident;
            if (is_joinable(into, entry.incident.first_seen(), entry.incident.last_seen(),
                            entry.incident.entities()) &&
                is_joinable(entry.incident, finding.first_seen, end_of(finding), entities)) {
                merge(number, home);
            }
        } else if (is_joinable(entry.incident, finding.first_seen, end_of(finding), entities)) {
            home = number;
            remove_place(entry);
            if (entry.incident.add(finding, evidence)) {
                entry.is_changed = true;
                entry.touched = clock_;
            }
            add_place(entry);
            add_links(entry.incident, keys);
        }
    }
    if (home == 0) {
        Entry& entry = open_[next_number_];
        entry.incident = OpenIncident(finding, evidence, next_number_++);
        entry.is_changed = true;
        entry.touched = clock_;
        add_place(entry);
        add_links(entry.incident, entry.incident.links());
    }
    keep_within_memory();
}

/// What grows stays in the incident that has it, whatever that spans by now.
bool Grouper::grow(const cases::Finding& finding, const std::vector<std::string>& keys,
                   const std::vector<Number>& candidates) {
    for (const Number number : candidates) {
        Entry& entry = open_.at(number);
        if (!entry.incident.has(finding)) continue;
        remove_place(entry);
        entry.incident.grow(finding);
        entry.is_changed = true;
        entry.touched = clock_;
        add_place(entry);
        add_links(entry.incident, keys);
        return true;
    }
    return false;
}

void Grouper::keep_within_memory() {
    while (memory_bytes_ > settings_.memory_bytes_max && open_.size() > 1) {
        close(by_touch_.begin()->second);
        ++closed_early_count_;
    }
}

void Grouper::merge(Number from, Number into) {
    Entry& source = open_.at(from);
    Entry& target = open_.at(into);
    remove_place(source);
    remove_links(source.incident);
    remove_place(target);
    merged_.push_back({source.incident.id(), target.incident.id()});
    target.incident.add(std::move(source.incident));
    target.is_changed = true;
    target.touched = clock_;
    open_.erase(from);
    add_place(target);
    add_links(target.incident, target.incident.links());
}

void Grouper::remove_place(const Entry& entry) {
    const Number number = entry.incident.number();
    by_touch_.erase({entry.touched, number});
    by_end_.erase({entry.indexed_end, number});
    memory_bytes_ -= entry.indexed_bytes;
}

void Grouper::add_place(Entry& entry) {
    const Number number = entry.incident.number();
    by_touch_.emplace(entry.touched, number);
    entry.indexed_end = entry.incident.last_seen();
    by_end_.emplace(entry.indexed_end, number);
    entry.indexed_bytes = entry.incident.memory_bytes() + index_bytes(entry.incident);
    memory_bytes_ += entry.indexed_bytes;
}

void Grouper::add_links(const OpenIncident& incident, const std::vector<std::string>& keys) {
    for (const std::string& key : keys) {
        if (incident.has_link(key)) by_link_[key].insert(incident.number());
    }
}

void Grouper::remove_links(const OpenIncident& incident) {
    for (const std::string& key : incident.links()) {
        const auto found = by_link_.find(key);
        VD_CHECK(found != by_link_.end());
        found->second.erase(incident.number());
        if (found->second.empty()) by_link_.erase(found);
    }
}

void Grouper::tick(base::Timestamp time) {
    // A second window for findings about late rows, which may come after the clock has moved on.
    const std::int64_t kept_ns = saturating_add(window_ns(settings_), window_ns(settings_));
    while (!by_end_.empty() &&
           saturating_add(by_end_.begin()->first.unix_ns, kept_ns) < time.unix_ns) {
        close(by_end_.begin()->second);
    }
}

void Grouper::close(Number number) {
    const auto found = open_.find(number);
    VD_CHECK(found != open_.end());
    if (found->second.is_changed) left_[number] = found->second.incident.build();
    remove_place(found->second);
    remove_links(found->second.incident);
    open_.erase(found);
}

IncidentChanges Grouper::take_changes() {
    IncidentChanges out;
    out.merged = std::exchange(merged_, {});
    for (auto& [number, entry] : open_) {
        if (!std::exchange(entry.is_changed, false)) continue;
        left_[number] = entry.incident.build();
    }
    for (auto& [number, incident] : left_) out.changed.push_back(std::move(incident));
    left_.clear();
    return out;
}

std::string Grouper::encode_state() const {
    std::string out;
    base::put(out, kStateVersion);
    base::put_varint(out, next_number_);
    base::put_varint(out, clock_);
    base::put_varint(out, closed_early_count_);
    base::put_varint(out, open_.size());
    for (const auto& [number, entry] : open_) {
        base::put_varint(out, entry.touched);
        entry.incident.save(out);
    }
    return out;
}

std::string Grouper::save() const {
    VD_CHECK(merged_.empty() && left_.empty());
    VD_CHECK(std::none_of(open_.begin(), open_.end(),
                          [](const auto& one) { return one.second.is_changed; }));
    return encode_state();
}

std::uint64_t Grouper::checksum() const { return base::hash64(encode_state()); }

base::Result<void> Grouper::restore(std::string_view state) {
    *this = Grouper(settings_);
    base::ByteReader reader(state);
    const auto version = reader.get<std::uint8_t>();
    if (reader.is_good() && version > kStateVersion) {
        return base::fail(base::ErrorCode::unsupported,
                          "the grouper's state was written by a newer version", {},
                          "rebuild the state from the journal");
    }
    Grouper fresh(settings_);
    fresh.next_number_ = reader.varint();
    fresh.clock_ = reader.varint();
    fresh.closed_early_count_ = reader.varint();
    const std::uint64_t count = reader.varint();
    bool is_sound = version >= 1 && version <= kStateVersion;
    Number last = 0;
    for (std::uint64_t i = 0; i < count && reader.is_good() && is_sound; ++i) {
        Entry entry;
        entry.touched = reader.varint();
        entry.incident = OpenIncident::restore(reader, version);
        const Number number = entry.incident.number();
        is_sound = number > last && number < fresh.next_number_;
        last = number;
        if (!is_sound) break;
        Entry& kept = fresh.open_.emplace(number, std::move(entry)).first->second;
        fresh.add_place(kept);
        fresh.add_links(kept.incident, kept.incident.links());
    }
    if (!is_sound || !reader.is_good() || !reader.is_at_end()) {
        return base::fail(base::ErrorCode::corrupt, "the bytes are not a state of the grouper");
    }
    *this = std::move(fresh);
    return {};
}

}  // namespace vedette::correlate
