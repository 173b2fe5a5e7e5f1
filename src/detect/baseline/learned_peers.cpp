// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/learned_peers.h"

#include <algorithm>

#include "detect/baseline/limits.h"
#include "detect/baseline/told_peers.h"
#include "learn/random.h"

namespace vedette::detect::baseline {

namespace {

using Kind = learn::PeerChange::Kind;

constexpr std::string_view kKind = "learned peers";
constexpr auto kTypeLast = event::kEntityTypeLast;
/// Words that say what a group does unlike others.
constexpr std::size_t kTraits = 4;

base::Timestamp begin_of_day(std::int32_t day) { return {std::int64_t{day} * base::kNsPerDay}; }

/// Unlike the hash of any attribute's value.
std::uint64_t peers_hash(event::EntityType type, std::uint32_t group) {
    return learn::pair_key(0x6C65'6172'6E65'6400 + static_cast<std::uint64_t>(type), group) | 1;
}

bool is_told(const learn::PeerChange& change) {
    return change.is_settled && (change.kind == Kind::migrated || change.kind == Kind::left ||
                                 change.kind == Kind::split || change.kind == Kind::drifted);
}

}  // namespace

void LearnedPeers::note(Behaviour& behaviour, Observation& observation, base::Timestamp time) {
    const event::EntityType type = behaviour.analytic().entity;
    // A metric series has its sisters.
    if (behaviour.analytic().entity_fields.size() != 1 || type == event::EntityType::series) return;
    const auto peers = types_.try_emplace(type, type).first;
    const std::uint32_t group = peers->second.note(behaviour, observation, time);
    if (observation.peers == 0 && group != 0) observation.peers = peers_hash(type, group);
}

void LearnedPeers::note_level(const Behaviour& behaviour, std::uint64_t entity, double measured) {
    if (behaviour.analytic().entity_fields.size() != 1) return;
    const auto peers = types_.find(behaviour.analytic().entity);
    if (peers != types_.end()) peers->second.note_level(behaviour, entity, measured);
}

void LearnedPeers::set_day(std::int32_t day) {
    day_ = day;
    row_ends_day_ns_ =
        day == INT32_MIN ? INT64_MIN / 2 : begin_of_day(day + 2).unix_ns + kPeersGraceNs;
}

void LearnedPeers::tick(base::Timestamp time, const FindingSink& sink) {
    const std::int32_t ended = time.day() - 1;
    if (ended <= day_) return;
    set_day(ended);
    for (auto& [type, peers] : types_) {
        for (const learn::PeerChange& change : peers.end_day(ended)) {
            if (is_told(change)) sink(peers_finding(peers, change, begin_of_day(ended + 1)));
        }
    }
}

std::vector<PeerGroupView> LearnedPeers::peer_groups() const {
    std::vector<PeerGroupView> out;
    for (const auto& [type, peers] : types_) {
        const std::vector<float> middle = peers.groups().middle();
        std::map<std::uint32_t, std::vector<PeerMember>> members;
        peers.groups().for_each_member(
            [&, type = type, &peers = peers](std::uint64_t key, std::uint32_t group,
                                             std::int32_t since_day, bool is_pinned) {
                if (group == 0) return;
                members[group].push_back(
                    {{type, peers.member_name(key)}, group, begin_of_day(since_day), is_pinned});
            });
        for (const learn::PeerGroup& group : peers.groups().groups()) {
            PeerGroupView view;
            view.type = type;
            view.id = group.id;
            view.name = peers.group_name(group.id);
            view.since = begin_of_day(group.since_day);
            if (peers.groups().groups().size() > 1) {
                view.traits = peer_traits(group.centre, middle, peers.words(), "and", kTraits);
            }
            view.members = std::move(members[group.id]);
            std::sort(view.members.begin(), view.members.end(),
                      [](const auto& a, const auto& b) { return a.entity < b.entity; });
            out.push_back(std::move(view));
        }
    }
    return out;
}

std::uint64_t LearnedPeers::key_of(const event::Entity& entity) const {
    return entity_hash(entity.type, entity.id);
}

std::optional<PeerMember> LearnedPeers::peer_member(const event::Entity& entity) const {
    const auto peers = types_.find(entity.type);
    const std::uint64_t key = key_of(entity);
    if (peers == types_.end() || !peers->second.groups().is_known(key)) return std::nullopt;
    std::optional<PeerMember> out;
    peers->second.groups().for_each_member(
        [&](std::uint64_t one, std::uint32_t group, std::int32_t since_day, bool is_pinned) {
            if (one == key) out = {entity, group, begin_of_day(since_day), is_pinned};
        });
    return out;
}

base::Result<void> LearnedPeers::check(const PeersOrder& order) const {
    using base::ErrorCode;
    const auto peers = types_.find(order.type);
    const bool is_about_group = order.kind != PeersOrder::Kind::release;
    if (is_about_group &&
        (peers == types_.end() || peers->second.groups().group(order.group) == nullptr)) {
        return base::fail(ErrorCode::not_found,
                          "there is no group " + std::to_string(order.group) + " of " +
                              std::string(event::name(order.type)) + "s",
                          {}, "see `vedette analytics peers`");
    }
    if (order.kind == PeersOrder::Kind::name) {
        if (order.name.size() <= kPeerNameBytesMax) return {};
        return base::fail(ErrorCode::bad_input, "the name is too long", {},
                          "at most " + std::to_string(kPeerNameBytesMax) + " bytes");
    }
    if (peers == types_.end() || !peers->second.groups().is_known(order.key)) {
        return base::fail(ErrorCode::not_found, "nothing is known of it", {},
                          "it must have been seen " + std::to_string(kPeerSightingsMin) +
                              " times of late; write TYPE:NAME, e.g. user:ann");
    }
    if (order.kind == PeersOrder::Kind::release && !peers->second.groups().is_pinned(order.key)) {
        return base::fail(ErrorCode::not_found, "nobody has put it anywhere");
    }
    return {};
}

void LearnedPeers::obey(const PeersOrder& order) {
    if (!check(order)) return;
    TypePeers& peers = types_.at(order.type);
    switch (order.kind) {
        case PeersOrder::Kind::set: peers.groups().pin(order.key, order.group); break;
        case PeersOrder::Kind::release: peers.groups().release(order.key); break;
        case PeersOrder::Kind::name: peers.name_group(order.group, order.name); break;
    }
}

std::size_t LearnedPeers::keep_words_of(const LearnedPeers& before) {
    std::size_t lost = 0;
    for (const auto& [type, peers] : before.types_) {
        const auto now = types_.find(type);
        lost += now == types_.end() ? TypePeers(type).keep_words_of(peers)
                                    : now->second.keep_words_of(peers);
    }
    return lost;
}

void LearnedPeers::save(learn::StateWriter& out) const {
    out.integer(day_);
    out.varint(types_.size());
    for (const auto& [type, peers] : types_) {
        out.integer(static_cast<std::uint8_t>(type));
        peers.save(out);
    }
}

base::Result<void> LearnedPeers::restore(learn::StateReader& in) {
    *this = LearnedPeers();
    const auto day = in.integer<std::int32_t>();
    // Days of nanoseconds in 64 bits: 1677 to 2262.
    if (day != INT32_MIN && (day < -106'000 || day > 106'000)) {
        return learn::not_ours(kKind, "of a day that cannot be");
    }
    set_day(day);
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        const auto type = in.integer<std::uint8_t>();
        if (type > static_cast<std::uint8_t>(kTypeLast)) {
            return learn::not_ours(kKind, "of no type of entity");
        }
        const auto [peers, is_new] =
            types_.try_emplace(event::EntityType{type}, event::EntityType{type});
        if (!is_new) return learn::not_ours(kKind, "a type is there twice");
        VD_TRY_DO(peers->second.restore(in));
    }
    if (!in.is_good()) return learn::not_ours(kKind, "it is cut off");
    return {};
}

std::size_t LearnedPeers::memory_bytes() const {
    std::size_t total = sizeof *this;
    for (const auto& [type, peers] : types_) total += peers.memory_bytes();
    return total;
}

}  // namespace vedette::detect::baseline
