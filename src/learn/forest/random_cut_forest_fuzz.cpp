// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstdint>

#include "learn/forest/random_cut_forest.h"
#include "learn/test_restored.h"

// Behind the settings a saved forest may have anything. What is restored can be asked and taught.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const ForestSettings settings{2, 2, 4, 10, 1};
    const auto make = [&] { return RandomCutForest(settings); };
    std::string state;
    StateWriter out(state);
    out.varint(settings.dimensions);
    out.varint(settings.trees);
    out.varint(settings.points);
    out.real(settings.memory_points);
    out.integer(settings.seed);
    state.append(reinterpret_cast<const char*>(data), size);
    auto forest = restored_or_refused(make, state);
    if (!forest) return 0;
    for (int i = 0; i < 20; ++i) {
        const std::array<float, 2> point{static_cast<float>(i % 7), i == 9 ? 1e38F : 1.0F};
        VD_CHECK(std::isfinite(forest->explain(point).value));
        forest->update(point);
    }
    VD_CHECK(forest->check_invariants().has_value());
    return 0;
}
