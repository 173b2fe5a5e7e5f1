// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "learn/drift/slow_baseline.h"
#include "learn/test_restored.h"

// What is restored can be asked and taught.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const auto make = [] { return SlowBaseline(); };
    auto slow = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!slow) return 0;
    for (std::int32_t day = INT32_MAX - 20; day < INT32_MAX; ++day) {
        while (slow->ended(day, 1)) {
        }
        while (const auto due = slow->due(day, 1)) slow->absorb(*due, 1, 1);
        slow->add(day, 1e30, 1);
    }
    slow->take_out(INT32_MAX, -1e30, 1);
    VD_CHECK(slow->check_invariants().has_value());
    return 0;
}
