// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "learn/evidence/running_evidence.h"
#include "learn/test_restored.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using namespace vedette::learn;
    const auto make = [] { return RunningEvidence(); };
    auto running = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!running) return 0;
    const RunningEvidence::Settings settings;
    for (std::int64_t i = -20; i < 20; ++i) {
        const double bits = i % 3 == 0 ? 1e300 : static_cast<double>(-i) / 3;
        const EvidenceStep step = running->add({i * 400'000'000'000'000'000},
                                               static_cast<std::uint32_t>(i), bits, settings);
        double sum = step.before;
        for (std::size_t k = 0; k < step.line_count; ++k) sum += step.lines[k].bits;
        VD_CHECK(sum == step.after && running->check_invariants());
    }
    return 0;
}
