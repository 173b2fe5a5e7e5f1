// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "detect/baseline/behaviour.h"
#include "detect/baseline/peer_traits.h"
#include "learn/keyed_store/seed_sketch.h"
#include "learn/peer_groups/peer_groups.h"

namespace vedette::detect::baseline {

/// The learned groups of one type of entity (users, hosts): what each does is told by the
/// behaviours that look at it, as hours, doings, values and levels, and PeerGroups does the rest.
/// An entity is taken once it was seen some times of late, so that a flood of names that come once
/// takes no place.   Cost: two look-ups a row and behaviour; memory: kPeersMax times 400 bytes.
class TypePeers {
  public:
    explicit TypePeers(event::EntityType type);

    /// What the row last observed by `behaviour` says. The entity's group; 0: none.
    std::uint32_t note(Behaviour& behaviour, const Observation& observation, base::Timestamp time);
    /// What was measured of an entity in a window.
    void note_level(const Behaviour& behaviour, std::uint64_t entity, double measured);
    std::vector<learn::PeerChange> end_day(std::int32_t day);

    event::EntityType type() const { return type_; }
    const learn::PeerGroups& groups() const { return groups_; }
    learn::PeerGroups& groups() { return groups_; }
    /// "group 3", or with the name that a person gave it.
    std::string label(std::uint32_t group) const;
    std::string group_name(std::uint32_t group) const;
    void name_group(std::uint32_t group, std::string name);
    std::string member_name(std::uint64_t key) const;
    /// See LearnedPeers::keep_words_of().
    std::size_t keep_words_of(const TypePeers& before);
    /// What the numbers of a point mean, for PeerTraits.
    PeerWords words() const;

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const;

  private:
    /// A value that many of a place were, of late: whoever has the majority is found.
    /// Source: R. S. Boyer, J S. Moore, "MJRTY: a fast majority vote algorithm", 1981.
    struct ValueWord {
        std::uint64_t value = 0;
        std::uint32_t votes = 0;
        std::string text;
    };
    struct Doing {
        std::uint64_t behaviour = 0;
        std::string id;
    };

    bool is_taken(Behaviour& behaviour, std::uint64_t entity);
    static std::size_t slot_of(std::vector<Doing>& slots, std::size_t slots_max,
                               const Behaviour& behaviour);
    void vote(ValueWord& word, std::uint64_t value, Behaviour& behaviour);

    event::EntityType type_;
    learn::PeerGroups groups_;
    learn::SeedSketch seeds_;
    std::vector<Doing> doings_, levels_;
    std::array<ValueWord, kPeerValues> values_;
    std::map<std::uint64_t, std::string> names_;        // of members
    std::map<std::uint32_t, std::string> group_names_;  // that a person gave
};

}  // namespace vedette::detect::baseline
