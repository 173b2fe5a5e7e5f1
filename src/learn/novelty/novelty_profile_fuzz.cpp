// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>

#include "learn/novelty/novelty.h"
#include "learn/test_restored.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using namespace vedette::learn;
    const auto make = [] { return NoveltyProfile(); };
    auto profile = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!profile) return 0;
    NoveltyField field({.width_log2 = 4, .half_life_seconds = 86'400});
    for (std::uint64_t value = 0; value < 40; ++value) {
        const base::Timestamp time{static_cast<std::int64_t>(value) * 40'000'000'000'000'000};
        const Novelty found = field.observe(*profile, 1, 2, value, time);
        VD_CHECK(found.bits >= 0 && std::isfinite(found.bits) && std::isfinite(found.ratio_bits));
        if (value % 3 == 0) field.subtract(*profile, 1, 2, value, time);
        VD_CHECK(profile->check_invariants().has_value());
    }
    return 0;
}
