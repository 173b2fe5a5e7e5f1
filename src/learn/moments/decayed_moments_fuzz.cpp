// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "learn/moments/decayed_moments.h"
#include "learn/test_restored.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const auto make = [] { return DecayedMoments(); };
    auto moments = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!moments) return 0;
    const std::int64_t last_ns = moments->last().unix_ns;
    moments->add({last_ns / 2}, 1e30);
    moments->add({last_ns}, -5, 0.5);
    moments->subtract({last_ns}, -5, 0.5);
    VD_CHECK(moments->check_invariants().has_value());
    return 0;
}
