// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "learn/drift/divergence_cusum.h"
#include "learn/test_restored.h"

// What is restored can be asked and taught.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const auto make = [] { return DivergenceCusum(); };
    auto sum = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!sum) return 0;
    for (std::int32_t day = 0; day < 20; ++day) sum->add(INT32_MAX - 20 + day, 1e9, 3 - day);
    VD_CHECK(sum->run().total() == sum->bits());
    VD_CHECK(sum->check_invariants().has_value());
    return 0;
}
