// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "learn/calibrator/calibrator.h"
#include "learn/calibrator/uniformity.h"
#include "learn/evidence/running_evidence.h"
#include "learn/keyed_store/keyed_store.h"
#include "learn/moments/seasonal_moments.h"
#include "learn/novelty/novelty.h"

namespace vedette::bench {

/// What an event does on the usual path: ten features, five numbers and five values. The entity's
/// place, for each feature what is expected or how new it is, p by the calibrator of its detector,
/// the monitor of that, then evidence of all together and the entity's running evidence.
/// Everything learns. An entity without a place is judged by what its peers and everybody do, and
/// teaches them; what it is by itself is forgotten at once.
class UsualPath {
  public:
    static constexpr std::size_t kNumbers = 5, kValues = 5, kFeatures = kNumbers + kValues;
    static constexpr std::uint64_t kPeerGroups = 20;

    struct Event {
        std::uint64_t entity;
        std::array<double, kNumbers> numbers;
        std::array<std::uint32_t, kValues> values;
    };
    /// What is known of one entity.
    struct Profile {
        std::array<learn::SeasonalMoments, kNumbers> numbers;
        std::array<learn::NoveltyProfile, kValues> values;
        learn::RunningEvidence evidence;

        void save(learn::StateWriter& out) const { evidence.save(out); }
        base::Result<void> restore(learn::StateReader& in) { return evidence.restore(in); }
        base::Result<void> check_invariants() const { return evidence.check_invariants(); }
    };

    UsualPath(std::size_t budget_bytes, unsigned warm_from)
        : store_({.budget_bytes = budget_bytes, .warm_from = warm_from, .hot_from = 1e18}) {}

    /// Events of a batch one after the other, `gap_ns` apart, from `time` on. The memory of those
    /// that come is asked for while the first are looked at. The sum of the evidence after each.
    double observe(std::span<const Event> events, base::Timestamp time, std::int64_t gap_ns);
    void learn_peers(const Event& event, base::Timestamp time);

    const auto& store() const { return store_; }
    /// Events whose entity had no place.
    std::uint64_t without_place() const { return without_place_; }
    /// All of it: the store, and what entities share.
    std::size_t memory_bytes() const;

  private:
    /// All have places of one size here.
    struct Large : Profile {
        Large() = default;
        explicit Large(const Profile& small) : Profile(small) {}
        Profile warm() const { return *this; }
    };
    static constexpr std::size_t kAhead = 4, kSlots = 2 * kAhead;

    void prepare(const Event& event, std::size_t i);
    double observe(const Event& event, std::span<const learn::NoveltyField::Places> places,
                   base::Timestamp time);
    learn::EvidencePart judge(std::size_t feature, double score, std::uint64_t entity,
                              base::Timestamp time);

    learn::KeyedStore<Profile, Large> store_;
    Profile passing_;  // of an entity that has no place, for one event
    std::uint64_t without_place_ = 0;
    std::array<learn::NoveltyField, kValues> fields_;
    std::array<learn::SeasonalMoments, kNumbers> peers_;
    learn::DecayBetween decay_;
    std::array<std::array<learn::NoveltyField::Places, kValues>, kSlots> ahead_;
    std::array<learn::Calibrator, kFeatures> calibrators_;
    std::array<learn::Uniformity, kFeatures> monitors_;
};

}  // namespace vedette::bench
