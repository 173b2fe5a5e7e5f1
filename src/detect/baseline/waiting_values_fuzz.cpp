// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "detect/baseline/waiting_values.h"
#include "learn/test_restored.h"

// What is restored can be asked and taught.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    const auto make = [] { return detect::baseline::WaitingValues(); };
    auto waiting = learn::restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!waiting) return 0;
    for (std::uint64_t value = 0; value < 9; ++value) {
        static_cast<void>(waiting->add(value, {INT64_MAX}, 1));
        static_cast<void>(waiting->due({INT64_MIN}, 5));
        static_cast<void>(waiting->due({INT64_MAX}, INT64_MAX));
    }
    VD_CHECK(waiting->check_invariants().has_value());
    return 0;
}
