// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "detect/baseline/behaviour.h"
#include "detect/baseline/open_windows.h"
#include "detect/baseline/profiles.h"
#include "rule/analytic/limits.h"

namespace vedette::detect::baseline {

using VectorParts = std::vector<rule::analytic::VectorPart>;
template <typename Value>
using OfParts = std::array<Value, rule::analytic::kVectorPartsMax>;

/// The events of one entity in one stretch of time, as far as the numbers of a vector need them.
/// Cost: 1.5 KB.
class VectorWindow {
  public:
    VectorWindow() = default;
    explicit VectorWindow(base::Timestamp begin);

    /// `seen` is what the event says of each part.
    void add(const VectorParts& parts, std::span<const PartSeen> seen, const WindowEvent& event);
    /// The number of a part; not a number where there is too little to measure. What no event had
    /// sums up to 0.
    double measured(const VectorParts& parts, std::size_t part) const;

    bool is_open() const { return whole_.is_open(); }
    base::Timestamp begin() const { return whole_.begin(); }
    /// All its events, counted.
    const Window& whole() const { return whole_; }

    void save(learn::StateWriter& out) const;
    bool restore(learn::StateReader& in);

  private:
    Window whole_;
    OfParts<Window> parts_;
};

/// One entity, or one group, in one behaviour about several numbers and one window length.
/// Cost: 5.5 KB.
struct VectorProfile {
    static constexpr std::string_view kKind = "vector profile";
    static constexpr std::uint8_t kVersion = 1;

    OfParts<learn::SeasonalMoments> moments;
    OpenWindows<VectorWindow> open;
    std::uint64_t entity = 0, peers = 0;  ///< hashes; 0 for a group
    std::uint64_t behaviour = 0;          ///< hash; of a group as well
    std::uint8_t window = 0;              ///< which of the behaviour's
    ShortName name;
    learn::MemberDay taught;  ///< everybody, of late

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return learn::checksum_of(*this); }
    base::Result<void> check_invariants() const;
};

static_assert(std::is_trivially_copyable_v<VectorProfile>);

}  // namespace vedette::detect::baseline
