// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>

#include "learn/burst/burst_statistic.h"
#include "learn/test_restored.h"

// Behind the settings a saved state may have anything. What is restored can be asked and taught.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const BurstSettings settings{2, 4, 0.5};
    const auto make = [&] { return BurstStatistic(settings); };
    std::string state;
    StateWriter out(state);
    out.varint(settings.rows);
    out.varint(settings.columns);
    out.real(settings.kept);
    state.append(reinterpret_cast<const char*>(data), size);
    auto burst = restored_or_refused(make, state);
    if (!burst) return 0;
    for (std::uint64_t key = 0; key < 20; ++key) {
        const auto tick = static_cast<std::int64_t>(key << 58);
        VD_CHECK(std::isfinite(burst->observe(key, tick, 1e9).statistic));
    }
    VD_CHECK(burst->check_invariants().has_value());
    return 0;
}
