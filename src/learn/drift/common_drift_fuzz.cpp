// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>

#include "learn/drift/common_drift.h"
#include "learn/test_restored.h"

// What is restored can be asked and taught.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const auto make = [] { return CommonDrift(); };
    auto common = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!common) return 0;
    for (std::int32_t day = INT32_MAX - 20; day < INT32_MAX; ++day) {
        common->add(day, 1e30);
        common->learn_week(day, 1e30);
        VD_CHECK(std::abs(common->of_others(day, 1.0, 0)) < 1e3);
    }
    VD_CHECK(common->persistence() >= 1);
    VD_CHECK(common->check_invariants().has_value());
    return 0;
}
