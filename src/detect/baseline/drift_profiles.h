// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "detect/baseline/profiles.h"
#include "learn/drift/common_drift.h"
#include "learn/drift/divergence_cusum.h"
#include "learn/drift/slow_baseline.h"
#include "learn/influence/fair_share.h"
#include "learn/influence/first_values.h"

namespace vedette::detect::baseline {

// What lies in the places of the drift watch: trivially copyable, without memory of its own.

/// One entity in one behaviour and window length. Cost: 152 bytes.
struct DriftProfile {
    static constexpr std::string_view kKind = "drift profile";
    static constexpr std::uint8_t kVersion = 1;

    learn::SlowBaseline slow;
    learn::DivergenceCusum up, down;
    float fast = 0;  ///< level of the last week's days
    float week = 0;  ///< mean difference of the last week's days
    std::int32_t told_day = kNeverTold;
    learn::MemberDay taught_peers, taught_everybody;  ///< of late

    static constexpr std::int32_t kNeverTold = INT32_MIN / 2;

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return learn::checksum_of(*this); }
    base::Result<void> check_invariants() const;
};

/// One group in one behaviour and window length.
struct GroupDriftProfile {
    static constexpr std::string_view kKind = "group's drift profile";
    static constexpr std::uint8_t kVersion = 1;

    learn::CommonDrift common;
    learn::FairShare fair;
    learn::FirstValues first;

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return learn::checksum_of(*this); }
    base::Result<void> check_invariants() const;
};

static_assert(std::is_trivially_copyable_v<DriftProfile>);
static_assert(std::is_trivially_copyable_v<GroupDriftProfile>);

}  // namespace vedette::detect::baseline
