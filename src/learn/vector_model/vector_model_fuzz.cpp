// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>

#include "learn/test_restored.h"
#include "learn/vector_model/vector_model.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const auto make = [] { return VectorModel({2, 1}, kVectorRowsMin); };
    auto model = restored_or_refused(make, {reinterpret_cast<const char*>(data), size});
    if (!model) return 0;
    const std::array<double, 2> numbers = {1e300, -1};
    const std::array<std::uint32_t, 1> categories = {7};
    for (std::size_t i = 0; i < 2 * kVectorRowsMin; ++i) model->observe({numbers, categories});
    VD_CHECK(model->check_invariants().has_value());
    return 0;
}
