// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>

#include "learn/series/sister_series.h"
#include "learn/test_restored.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const auto make = [] { return SisterSeries(2); };
    auto series = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!series) return 0;
    if (!series->is_settled()) {
        for (int i = 0; i < 25; ++i) series->learn(std::vector<double>{i * 1.0, i % 3 * 1.0});
        if (!series->settle()) return 0;
    }
    for (const double value : {1e300, -5.0, 0.0}) {
        static_cast<void>(series->judge(std::vector<double>{value, value}));
        VD_CHECK(series->check_invariants().has_value());
    }
    return 0;
}
