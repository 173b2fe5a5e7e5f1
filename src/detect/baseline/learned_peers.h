// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "detect/baseline/limits.h"
#include "detect/baseline/type_peers.h"
#include "detect/detector.h"
#include "detect/peers.h"

namespace vedette::detect::baseline {

/// Groups that are learned from behaviour, of each type of entity, for whoever has no group by an
/// attribute. They change when a day (UTC) ends and by a person's word. A day ends with the first
/// tick after it, or with the first row an hour after it: of history that is read in one go there
/// are no ticks.
class LearnedPeers final : public PeerKeeper {
  public:
    /// What the row last observed by `behaviour` says; gives the observation its peers if it has
    /// none. Whose name is made of several fields belongs to no group.
    void note(Behaviour& behaviour, Observation& observation, base::Timestamp time);
    void note_level(const Behaviour& behaviour, std::uint64_t entity, double measured);
    /// Ends the days that are over at this time.
    void tick(base::Timestamp time, const FindingSink& sink);
    /// A row of this time came.   Cost: a comparison, but where a day ends.
    void observe_time(base::Timestamp time, const FindingSink& sink) {
        if (time.unix_ns >= row_ends_day_ns_) tick({time.unix_ns - kPeersGraceNs}, sink);
    }

    std::vector<PeerGroupView> peer_groups() const override;
    std::uint64_t key_of(const event::Entity& entity) const override;
    std::optional<PeerMember> peer_member(const event::Entity& entity) const override;
    base::Result<void> check(const PeersOrder& order) const override;
    void obey(const PeersOrder& order) override;

    /// Groups of a history stand here in the place of `before`: what people said of those holds of
    /// these. Numbers may be others, so a group is the one that has most of its members; of a group
    /// that is not found again, and of whom no group is, the words are lost.
    /// Returns: how many words (names and places) that are.
    std::size_t keep_words_of(const LearnedPeers& before);

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const;

  private:
    void set_day(std::int32_t day);

    std::map<event::EntityType, TypePeers> types_;
    std::int32_t day_ = INT32_MIN;                  // the last that ended
    std::int64_t row_ends_day_ns_ = INT64_MIN / 2;  // of the next day; made of day_
};

}  // namespace vedette::detect::baseline
