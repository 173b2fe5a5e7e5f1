// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/time.h"
#include "detect/baseline/limits.h"
#include "detect/baseline/open_windows.h"
#include "detect/baseline/waiting_values.h"
#include "detect/baseline/window.h"
#include "learn/evidence/running_evidence.h"
#include "learn/influence/fair_share.h"
#include "learn/keyed_store/keyed_store.h"
#include "learn/moments/seasonal_moments.h"
#include "learn/novelty/novelty.h"
#include "learn/primitive.h"

namespace vedette::detect::baseline {

// What lies in places of keyed stores: trivially copyable, without memory of its own.

/// A name within a place; what is longer is cut.
class ShortName {
  public:
    void set(std::string_view name);
    std::string_view text() const { return {bytes_.data(), size_}; }
    void save(learn::StateWriter& out) const { out.text(text()); }
    bool restore(learn::StateReader& in);

  private:
    std::array<char, kNameBytesMax> bytes_{};
    std::uint8_t size_ = 0;
};

/// One entity, or one group, in one behaviour and window length. Cost: 700 bytes.
struct WindowProfile {
    static constexpr std::string_view kKind = "window profile";
    static constexpr std::uint8_t kVersion = 1;

    learn::SeasonalMoments moments;
    OpenWindows<Window> open;
    std::uint64_t entity = 0, peers = 0;  ///< hashes; 0 for a group
    std::uint64_t behaviour = 0;          ///< hash; of a group as well
    std::uint8_t window = 0;              ///< which of the behaviour's
    ShortName name;

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return learn::checksum_of(*this); }
    base::Result<void> check_invariants() const;
};

/// One entity in a behaviour about values, hours or places.
struct ValueProfile {
    static constexpr std::string_view kKind = "value profile";
    static constexpr std::uint8_t kVersion = 2;

    learn::NoveltyProfile novelty;
    base::Timestamp placed_at;  ///< of the last place; meaningless while has_place is false
    double latitude = 0, longitude = 0;
    bool has_place = false;
    learn::MemberDay taught;  ///< everybody, of late
    WaitingValues waiting;    ///< of new_value

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return learn::checksum_of(*this); }
    base::Result<void> check_invariants() const;
};

/// One entity, whatever was looked at.
struct EntityProfile {
    static constexpr std::string_view kKind = "entity profile";
    static constexpr std::uint8_t kVersion = 2;

    learn::RunningEvidence evidence;
    learn::DecayedMoments tests;  ///< one observation a test: the weight tells how many of late
    /// When the evidence last was at kBitsOfSuspicion or more.
    base::Timestamp suspected = kNeverSuspected;

    static constexpr base::Timestamp kNeverSuspected{INT64_MIN};

    /// Tests of a usual day, from those of the last days and at least one.
    double tests_per_day(base::Timestamp now) const;

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return learn::checksum_of(*this); }
    base::Result<void> check_invariants() const;
};

/// A large place that is like a small one: these profiles come in one size.
template <typename Warm>
struct SameSize : Warm {
    SameSize() = default;
    explicit SameSize(const Warm& from) : Warm(from) {}
    Warm warm() const { return *this; }
};

template <typename Profile>
using ProfileStore = learn::KeyedStore<Profile, SameSize<Profile>>;

/// The place of a key, be it small or large; nullptr while it has none.
template <typename Profile>
Profile* profile_at(const typename ProfileStore<Profile>::Place& place) {
    return place.hot != nullptr ? static_cast<Profile*>(place.hot) : place.warm;
}

static_assert(std::is_trivially_copyable_v<WindowProfile>);
static_assert(std::is_trivially_copyable_v<ValueProfile>);
static_assert(std::is_trivially_copyable_v<EntityProfile>);

}  // namespace vedette::detect::baseline
