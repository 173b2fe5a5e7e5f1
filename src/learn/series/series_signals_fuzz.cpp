// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>

#include "learn/series/series_signals.h"
#include "learn/test_restored.h"

// Holds the profile of hours and the seasonal moments as well.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using namespace vedette::learn;
    const auto make = [] { return SeriesSignals(); };
    auto series = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!series) return 0;
    const SeasonalMoments peers = series->seasonal();
    for (std::int64_t i = 0; i < 40; ++i) {
        const base::Timestamp time{i * 200'000'000'000'000'000};
        const double value = i % 3 == 0 ? 1e30 : static_cast<double>(i);
        const SeriesScores scores = series->observe(time, value, 0.1, 1, i % 2 ? &peers : nullptr);
        VD_CHECK(std::isfinite(scores.level) && std::isfinite(scores.residual));
        VD_CHECK(std::isfinite(scores.difference) && std::isfinite(scores.shift_short));
        VD_CHECK(std::isfinite(scores.shift_long) && series->check_invariants());
    }
    return 0;
}
