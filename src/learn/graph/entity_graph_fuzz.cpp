// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>

#include "learn/graph/entity_graph.h"
#include "learn/test_restored.h"

// Behind the settings a saved graph may have anything. What is restored can be asked and taught.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const GraphSettings settings{4, 4, 100, 20, 0x1p-16};
    const auto make = [&] { return EntityGraph(settings); };
    std::string state;
    StateWriter out(state);
    out.varint(settings.edges);
    out.varint(settings.nodes);
    out.real(settings.half_life);
    out.integer(settings.path_span);
    out.real(settings.unseen_probability);
    state.append(reinterpret_cast<const char*>(data), size);
    auto graph = restored_or_refused(make, state);
    if (!graph) return 0;
    for (std::uint64_t i = 0; i < 20; ++i) {
        VD_CHECK(
            std::isfinite(graph->observe(i % 5, i % 3, static_cast<std::int64_t>(i)).path_bits));
    }
    VD_CHECK(graph->check_invariants().has_value());
    return 0;
}
