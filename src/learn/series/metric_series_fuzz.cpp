// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>

#include "learn/series/metric_series.h"
#include "learn/test_restored.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const auto make = [] { return MetricSeries(); };
    auto series = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!series) return 0;
    for (const double value : {1e300, -5.0, 0.0}) {
        VD_CHECK(std::isfinite(series->observe({1'764'000'000'000'000'000ll}, value).bits));
        VD_CHECK(series->check_invariants().has_value());
    }
    return 0;
}
