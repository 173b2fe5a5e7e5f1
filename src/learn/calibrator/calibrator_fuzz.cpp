// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "learn/calibrator/calibrator.h"
#include "learn/calibrator/uniformity.h"
#include "learn/test_restored.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using namespace vedette::learn;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto monitor = restored_or_refused([] { return Uniformity(); }, bytes);
    if (monitor) VD_CHECK(monitor->health() > 0 && monitor->health() <= 1);
    auto calibrator = restored_or_refused([] { return Calibrator(604'800); }, bytes);
    if (!calibrator) return 0;
    const Calibrator parent = *calibrator;
    for (std::int64_t i = 0; i < 40; ++i) {
        const double score = i % 5 == 0 ? 1e300 : static_cast<double>(i * i) / 7;
        const base::Timestamp time{i * 200'000'000'000'000'000};
        const Calibrated found = calibrator->ask(score, 0.5, i % 2 ? &parent : nullptr);
        VD_CHECK(found.p > 0 && found.p <= 1 && found.n >= 0);
        calibrator->insert(time, score);
        if (i % 3 == 0) calibrator->subtract(time, score);
        VD_CHECK(calibrator->check_invariants().has_value());
    }
    return 0;
}
