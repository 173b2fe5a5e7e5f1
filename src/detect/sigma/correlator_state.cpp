// SPDX-License-Identifier: Apache-2.0
// What a correlator remembers, as bytes and back. Format: version, fingerprint of the correlations,
// clock, count of the forgotten, the events once each, then the groups of each correlation in the
// order of their keys, with events by number. A group's key is made anew from its first event, and
// what a window holds from the events: neither can be wrong then.

#include <algorithm>
#include <unordered_map>

#include "base/bytes.h"
#include "base/hash.h"
#include "detect/sigma/correlator.h"
#include "detect/sigma/limits.h"

namespace vedette::detect::sigma {

namespace {

constexpr std::uint8_t kStateVersion = 1;

enum HitFlags : std::uint8_t { kFulfilled = 1, kJoined = 2, kPending = 4 };

using Records = std::vector<std::shared_ptr<const HitRecord>>;

/// Numbers of events in the order in which groups name them.
class RecordTable {
  public:
    std::uint64_t number_of(const HitRecord& record, std::string& out) {
        const auto [entry, is_new] = numbers_.emplace(Key{record.rule, record.id}, numbers_.size());
        if (is_new) record.save(out);
        return entry->second;
    }
    std::size_t size() const { return numbers_.size(); }

  private:
    struct Key {
        std::uint32_t rule;
        event::EventId id;
        bool operator==(const Key&) const = default;
    };
    struct Mixed {
        std::size_t operator()(const Key& key) const {
            return (key.id.offset * 0x9E3779B97F4A7C15ull) ^ (std::uint64_t{key.rule} << 32) ^
                   key.id.row;
        }
    };
    std::unordered_map<Key, std::uint64_t, Mixed> numbers_;
};

void save_group(const Group& group, RecordTable& table, std::string& records, std::string& out) {
    for (const std::string& value : group.shown()) base::put_text(out, value);
    base::put_varint(out, group.hits().size());
    for (const Hit& hit : group.hits()) {
        base::put_varint(out, table.number_of(*hit.record, records));
        base::put_varint(out, hit.members);
        base::put(out, hit.unit);
        base::put(out, hit.until_ns);
        const int flags = (hit.is_fulfilled ? kFulfilled : 0) | (hit.is_joined ? kJoined : 0) |
                          (hit.is_pending ? kPending : 0);
        base::put(out, static_cast<std::uint8_t>(flags));
    }
    base::put_varint(out, group.bursts().size());
    for (const Burst& burst : group.bursts()) burst.save(out);
}

}  // namespace

/// Of what decides how a state is to be read: rules by number, and what correlations ask of them.
std::uint64_t Correlator::fingerprint() const {
    std::string text;
    for (const rule::sigma::Rule& rule : *rules_) text += rule.id + '\0';
    for (const rule::sigma::Correlation& correlation : *correlations_) {
        text += correlation.id + '\0' + std::to_string(correlation.content_hash) + '\0';
    }
    return base::hash64(text);
}

std::string Correlator::save() const {
    std::string out, records, groups;
    base::put(out, kStateVersion);
    base::put(out, fingerprint());
    base::put(out, clock_ns_);
    base::put_varint(out, forgotten_count_);
    RecordTable table;
    for (const Groups& some : groups_) {
        base::put_varint(groups, some.size());
        for (const auto& [key, group] : some) save_group(group, table, records, groups);
    }
    base::put_varint(out, table.size());
    out += records + groups;
    base::put(out, base::hash64(out));
    return out;
}

base::Result<void> Correlator::restore(std::string_view state) {
    clear();
    const auto refused = [&](base::ErrorCode code, std::string text) {
        clear();
        return base::fail(code, std::move(text), {},
                          "run `vedette journal rebuild`: the journal has everything");
    };
    base::ByteReader reader(state);
    if (reader.get<std::uint8_t>() != kStateVersion) {
        return refused(base::ErrorCode::unsupported,
                       "the saved correlations are of a version that is not known here");
    }
    const std::size_t body = state.size() > 8 ? state.size() - 8 : 0;
    base::ByteReader sum(state.substr(body));
    if (sum.get<std::uint64_t>() != base::hash64(state.substr(0, body))) {
        return refused(base::ErrorCode::corrupt, "the saved correlations are damaged");
    }
    base::ByteReader whole(state.substr(1, body - 1));
    const auto named = whole.get<std::uint64_t>();
    if (named != fingerprint()) {
        return refused(base::ErrorCode::corrupt, "the saved correlations are those of other rules");
    }
    if (const auto done = restore_groups(whole); !done) {
        return refused(done.error().code, done.error().text);
    }
    return {};
}

base::Result<void> Correlator::restore_groups(base::ByteReader& reader) {
    const auto damaged = [] {
        return base::fail(base::ErrorCode::corrupt, "the saved correlations are not whole");
    };
    clock_ns_ = reader.get<std::int64_t>();
    forgotten_count_ = reader.varint();
    Records records;
    const std::uint64_t record_count = reader.varint();
    for (std::uint64_t i = 0; i < record_count; ++i) {
        HitRecord record = HitRecord::restore(reader);
        const bool is_right = reader.is_good() && record.rule < rules_->size() &&
                              record.values.size() == plan_.fields_of(record.rule).size();
        if (!is_right) return damaged();
        records.push_back(std::make_shared<const HitRecord>(std::move(record)));
    }
    for (std::uint32_t c = 0; c < correlations_->size(); ++c) {
        const std::uint64_t group_count = reader.varint();
        for (std::uint64_t i = 0; i < group_count; ++i) {
            if (!restore_group(reader, c, records)) return damaged();
        }
    }
    if (!reader.is_good() || !reader.is_at_end()) return damaged();
    return {};
}

bool Correlator::restore_group(base::ByteReader& reader, std::uint32_t correlation,
                               const Records& records) {
    const rule::sigma::Correlation& rule = (*correlations_)[correlation];
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < rule.group_by.size(); ++i) shown.emplace_back(reader.text());
    std::deque<Hit> hits;
    std::string key;
    const std::uint64_t hit_count = reader.varint();
    if (hit_count == 0 || hit_count > kGroupHitsMax) return false;
    for (std::uint64_t i = 0; i < hit_count; ++i) {
        const std::uint64_t number = reader.varint();
        Hit hit;
        hit.members = reader.varint();
        hit.unit = reader.get<std::uint64_t>();
        hit.until_ns = reader.get<std::int64_t>();
        const auto flags = reader.get<std::uint8_t>();
        if (!reader.is_good() || number >= records.size() || hit.members == 0 || flags > 7) {
            return false;
        }
        hit.record = records[number];
        hit.is_fulfilled = (flags & kFulfilled) != 0;
        hit.is_joined = (flags & kJoined) != 0;
        hit.is_pending = (flags & kPending) != 0;
        // What came by several rules has the values of the first of them.
        std::uint32_t member = 0;
        while (member < rule.members.size() &&
               ((hit.members >> member & 1) == 0 ||
                !plan_.reaches({correlation, member}, hit.record->rule))) {
            ++member;
        }
        const bool has_others = rule.members.size() < 64 && hit.members >> rule.members.size() != 0;
        std::string own_key;
        if (member == rule.members.size() || has_others ||
            !make_key({correlation, member}, *hit.record, own_key)) {
            return false;
        }
        take_values({correlation, member}, hit);
        const bool is_in_order =
            hits.empty() || std::tuple(hits.back().time_ns(), hits.back().record->id) <
                                std::tuple(hit.time_ns(), hit.record->id);
        if (!is_in_order || (!hits.empty() && own_key != key)) return false;
        key = std::move(own_key);
        hits.push_back(std::move(hit));
    }
    std::vector<Burst> bursts;
    const std::uint64_t burst_count = reader.varint();
    if (burst_count > kBurstsPerGroupMax) return false;
    for (std::uint64_t i = 0; i < burst_count; ++i) {
        bursts.push_back(Burst::restore(reader, rule.members.size()));
        if (!reader.is_good()) return false;
    }
    Group group(rule, key, std::move(shown));
    const auto [entry, is_new] = groups_[correlation].emplace(key, std::move(group));
    if (!is_new) return false;
    entry->second.restore(std::move(hits), std::move(bursts));
    add_place(correlation, entry->second);
    return true;
}

}  // namespace vedette::detect::sigma
