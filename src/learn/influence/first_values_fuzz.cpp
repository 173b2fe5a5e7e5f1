// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>

#include "learn/influence/first_values.h"
#include "learn/test_restored.h"

// What is restored can be filled.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const auto make = [] { return FirstValues(); };
    auto first = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!first || first->is_over()) return 0;
    while (!first->add({INT64_MAX}, 1e300, 1)) {
    }
    for (const FirstValues::Value& one : first->release(1)) VD_CHECK(std::isfinite(one.value));
    VD_CHECK(first->check_invariants().has_value());
    return 0;
}
