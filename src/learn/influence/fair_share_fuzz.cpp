// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "learn/influence/fair_share.h"
#include "learn/test_restored.h"

// What is restored can be asked.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const auto make = [] { return FairShare(); };
    auto fair = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!fair) return 0;
    MemberDay member;
    for (std::int32_t day = INT32_MAX - 20; day < INT32_MAX; ++day) {
        const double taken = fair->take(member, day);
        VD_CHECK(taken >= 0 && taken <= 1);
    }
    VD_CHECK(fair->members() >= 0);
    VD_CHECK(fair->check_invariants().has_value());
    return 0;
}
