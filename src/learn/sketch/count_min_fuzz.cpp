// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "learn/sketch/count_min.h"
#include "learn/test_restored.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using namespace vedette::learn;
    const auto make = [] { return CountMin({.width_log2 = 4, .half_life_seconds = 1'024}); };
    auto sketch = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!sketch) return 0;
    for (const std::int64_t second : {-5'000'000'000ll, 0ll, 1'764'000'000ll, 5'000'000'000ll}) {
        const base::Timestamp time{second * base::kNsPerSecond};
        sketch->add(time, 7);
        VD_CHECK(sketch->estimate(7, time) >= 0 && sketch->total(time) >= 0);
        sketch->subtract(time, 7, 1e30);
    }
    VD_CHECK(sketch->check_invariants().has_value());
    return 0;
}
