// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/type_peers.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "detect/baseline/limits.h"
#include "learn/random.h"
#include "rule/analytic/analytic.h"

namespace vedette::detect::baseline {

using rule::analytic::Measure;

namespace {

constexpr std::string_view kKind = "learned peers";
constexpr unsigned kSeedsWidthLog2 = 13;
constexpr std::uint64_t kSeedsSalt = 0x7065'6572'7365'6564;

learn::PeerSettings peer_settings() {
    learn::PeerSettings settings;
    settings.members_max = kPeersMax;
    return settings;
}

/// Whether the value of a row is one that many can have; what is counted only for how many it is
/// (names asked for, addresses reached) tells two apart by nothing that matters.
bool has_value(Measure measure) {
    return measure == Measure::new_value || measure == Measure::rare_value ||
           measure == Measure::rare_combination;
}

template <typename Value>
void save_map(const std::map<Value, std::string>& map, learn::StateWriter& out) {
    out.varint(map.size());
    for (const auto& [key, text] : map) {
        out.integer(key);
        out.text(text);
    }
}

template <typename Value>
bool restore_map(std::map<Value, std::string>& map, std::size_t count_max, learn::StateReader& in) {
    const std::uint64_t count = in.varint();
    if (count > count_max) return false;
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        const auto key = in.integer<Value>();
        const std::string_view text = in.text();
        if (text.size() > kNameBytesMax) return false;
        map.emplace(key, text);
    }
    return in.is_good() && map.size() == count;
}

}  // namespace

TypePeers::TypePeers(event::EntityType type)
    : type_(type), groups_(peer_shape(), peer_settings()), seeds_(kSeedsWidthLog2, kSeedsSalt) {}

bool TypePeers::is_taken(Behaviour& behaviour, std::uint64_t entity) {
    if (groups_.is_known(entity)) return true;
    if (seeds_.add(entity, 1) < kPeerSightingsMin || groups_.member_count() >= kPeersMax) {
        return false;
    }
    names_[entity] = behaviour.entity_name().substr(0, kNameBytesMax);
    return true;
}

/// Slots are given as behaviours come; what finds none left shares one.
std::size_t TypePeers::slot_of(std::vector<Doing>& slots, std::size_t slots_max,
                               const Behaviour& behaviour) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
        if (slots[i].behaviour == behaviour.hash()) return i;
    }
    if (slots.size() >= slots_max) return behaviour.hash() % slots_max;
    slots.push_back({behaviour.hash(), behaviour.analytic().id.text.substr(0, kNameBytesMax)});
    return slots.size() - 1;
}

void TypePeers::vote(ValueWord& word, std::uint64_t value, Behaviour& behaviour) {
    if (word.value == value && word.votes > 0) {
        word.votes = std::min(word.votes + 1, 1'000u);
    } else if (word.votes > 0) {
        --word.votes;
    } else {
        word = {value, 1, behaviour.value_text()};
        if (word.text.size() > kNameBytesMax) word.text.clear();
    }
}

std::uint32_t TypePeers::note(Behaviour& behaviour, const Observation& observation,
                              base::Timestamp time) {
    if (!is_taken(behaviour, observation.entity)) return 0;
    std::array<learn::PeerGroups::Mark, 3> marks{
        {{kWhen, peer_hour(time)}, {kWhat, slot_of(doings_, kPeerDoings, behaviour)}, {}}};
    std::size_t count = 2;
    if (has_value(behaviour.analytic().measure)) {
        const std::uint64_t value = learn::pair_key(behaviour.hash(), observation.value);
        const std::size_t at = value % kPeerValues;
        vote(values_[at], value, behaviour);
        marks[count++] = {kWhich, at};
    }
    groups_.count(observation.entity, {marks.data(), count});
    return groups_.group_of(observation.entity);
}

void TypePeers::note_level(const Behaviour& behaviour, std::uint64_t entity, double measured) {
    if (!groups_.is_known(entity)) return;
    groups_.measure(entity, kHowMuch, slot_of(levels_, kPeerLevels, behaviour),
                    peer_level(measured));
}

std::vector<learn::PeerChange> TypePeers::end_day(std::int32_t day) {
    auto changes = groups_.end_day(day);
    std::erase_if(names_, [&](const auto& name) { return !groups_.is_known(name.first); });
    std::erase_if(group_names_,
                  [&](const auto& name) { return groups_.group(name.first) == nullptr; });
    return changes;
}

std::string TypePeers::label(std::uint32_t group) const {
    const std::string given = group_name(group);
    return given.empty() ? fmt::format("group {}", group)
                         : fmt::format("group {} '{}'", group, given);
}

std::string TypePeers::group_name(std::uint32_t group) const {
    const auto known = group_names_.find(group);
    return known == group_names_.end() ? std::string() : known->second;
}

void TypePeers::name_group(std::uint32_t group, std::string name) {
    if (name.empty()) {
        group_names_.erase(group);
    } else {
        group_names_[group] = std::move(name);
    }
}

std::string TypePeers::member_name(std::uint64_t key) const {
    const auto known = names_.find(key);
    return known == names_.end() ? std::string() : known->second;
}

namespace {

/// Of each old group that members tell apart the new one: pairs with most members in common first,
/// each group once. Whom a person put somewhere says nothing of where a group is.
std::map<std::uint32_t, std::uint32_t> same_groups(const learn::PeerGroups& before,
                                                   const learn::PeerGroups& after) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> common;
    before.for_each_member(
        [&](std::uint64_t key, std::uint32_t group, std::int32_t, bool is_pinned) {
            const std::uint32_t now = after.group_of(key);
            if (group != 0 && now != 0 && !is_pinned) ++common[{group, now}];
        });
    std::vector<std::pair<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t>> order(
        common.begin(), common.end());
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::map<std::uint32_t, std::uint32_t> out;
    std::set<std::uint32_t> taken;
    for (const auto& [groups, count] : order) {
        if (out.contains(groups.first) || !taken.insert(groups.second).second) continue;
        out[groups.first] = groups.second;
    }
    return out;
}

}  // namespace

std::size_t TypePeers::keep_words_of(const TypePeers& before) {
    const auto same = same_groups(before.groups_, groups_);
    std::size_t lost = 0;
    for (const auto& [group, name] : before.group_names_) {
        const auto now = same.find(group);
        if (now == same.end()) {
            ++lost;
        } else {
            group_names_[now->second] = name;
        }
    }
    before.groups_.for_each_member(
        [&](std::uint64_t key, std::uint32_t group, std::int32_t, bool is_pinned) {
            if (!is_pinned) return;
            const auto now = same.find(group);
            if (now == same.end() || !groups_.pin(key, now->second)) ++lost;
        });
    return lost;
}

PeerWords TypePeers::words() const {
    PeerWords out;
    for (std::size_t i = 0; i < doings_.size(); ++i) out.doings[i] = doings_[i].id;
    for (std::size_t i = 0; i < levels_.size(); ++i) out.levels[i] = levels_[i].id;
    for (std::size_t i = 0; i < values_.size(); ++i) out.values[i] = values_[i].text;
    return out;
}

void TypePeers::save(learn::StateWriter& out) const {
    groups_.save(out);
    seeds_.save(out);
    for (const auto* slots : {&doings_, &levels_}) {
        out.varint(slots->size());
        for (const Doing& slot : *slots) {
            out.integer(slot.behaviour);
            out.text(slot.id);
        }
    }
    for (const ValueWord& word : values_) {
        out.integer(word.value);
        out.varint(word.votes);
        out.text(word.text);
    }
    save_map(names_, out);
    save_map(group_names_, out);
}

base::Result<void> TypePeers::restore(learn::StateReader& in) {
    *this = TypePeers(type_);
    const auto read = [&]() -> base::Result<void> {
        VD_TRY_DO(groups_.restore(in));
        bool is_good = seeds_.restore(in);
        for (auto* slots : {&doings_, &levels_}) {
            const std::uint64_t count = in.varint();
            if (count > (slots == &doings_ ? kPeerDoings : kPeerLevels)) {
                return learn::not_ours(kKind, "it has too many doings");
            }
            for (std::uint64_t i = 0; i < count; ++i) {
                const auto behaviour = in.integer<std::uint64_t>();
                slots->push_back({behaviour, std::string(in.text().substr(0, kNameBytesMax))});
            }
        }
        for (ValueWord& word : values_) {
            word.value = in.integer<std::uint64_t>();
            word.votes = static_cast<std::uint32_t>(std::min<std::uint64_t>(in.varint(), 1'000));
            word.text = in.text().substr(0, kNameBytesMax);
        }
        is_good = is_good && restore_map(names_, kPeersMax, in);
        is_good = is_good && restore_map(group_names_, kPeersMax, in);
        if (!is_good || !in.is_good()) return learn::not_ours(kKind, "it is cut off");
        return {};
    };
    auto done = read();
    if (!done) *this = TypePeers(type_);
    return done;
}

std::size_t TypePeers::memory_bytes() const {
    // A node of a map with a short text: about so much.
    constexpr std::size_t kNodeBytes = 112;
    return sizeof *this + groups_.memory_bytes() + seeds_.memory_bytes() +
           (names_.size() + group_names_.size()) * kNodeBytes +
           (doings_.size() + levels_.size()) * sizeof(Doing);
}

}  // namespace vedette::detect::baseline
