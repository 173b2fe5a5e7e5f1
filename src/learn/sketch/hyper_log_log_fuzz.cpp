// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "learn/sketch/hyper_log_log.h"
#include "learn/test_restored.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const auto make = [] { return HyperLogLog(); };
    auto count = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!count) return 0;
    const double before = count->estimate();
    count->add(0);
    count->add(0x1234'5678'9ABC'DEF0);
    VD_CHECK(count->estimate() >= before * 0.7 && count->check_invariants());
    return 0;
}
