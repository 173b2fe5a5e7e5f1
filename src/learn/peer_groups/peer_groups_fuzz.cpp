// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>

#include "learn/peer_groups/peer_groups.h"
#include "learn/test_restored.h"

// A saved state may be anything. What is restored goes on: people are counted, days end, a person
// says where somebody belongs.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    using Kind = ProfileBlock::Kind;
    PeerSettings settings;
    settings.members_max = 64;
    settings.groups_max = 4;
    settings.observations_min = 4;
    const auto make = [&] {
        return PeerGroups(ProfileShape({{Kind::shares, 3, 1}, {Kind::means, 2, 1}}), settings);
    };
    auto groups = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!groups) return 0;
    for (std::int32_t day = 20'000; day < 20'020; ++day) {
        for (std::uint64_t key = 1; key <= 14; ++key) {
            for (std::size_t i = 0; i < 6; ++i) groups->count(key, 0, (key + i / 5) % 2);
            groups->measure(key, 1, key % 2, 0.5);
        }
        for (const PeerChange& change : groups->end_day(day)) {
            VD_CHECK(std::isfinite(change.distance) && change.p > 0 && change.p <= 1);
        }
        VD_CHECK(groups->check_invariants().has_value());
    }
    static_cast<void>(groups->pin(1, 1));
    static_cast<void>(groups->release(1));
    return 0;
}
