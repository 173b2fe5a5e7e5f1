// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstdint>

#include "learn/autoencoder/autoencoder_ensemble.h"
#include "learn/test_restored.h"

// Behind the settings a saved state may have anything. What is restored can be asked and taught.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const EnsembleSettings settings{3, 2, 0.75, 0.1, 4, 3, 20, 1};
    const auto make = [&] { return AutoencoderEnsemble(settings); };
    std::string state;
    StateWriter out(state);
    out.varint(settings.dimensions);
    out.varint(settings.inputs_max);
    out.varint(settings.warm_up);
    out.integer(settings.seed);
    out.real(settings.hidden_share);
    out.real(settings.rate);
    out.real(settings.gate_spreads);
    out.real(settings.memory_points);
    state.append(reinterpret_cast<const char*>(data), size);
    auto ensemble = restored_or_refused(make, state);
    if (!ensemble) return 0;
    for (int i = 0; i < 20; ++i) {
        const std::array<float, 3> point{static_cast<float>(i % 7), i == 9 ? 1e38F : 1.0F, -2};
        VD_CHECK(std::isfinite(ensemble->explain(point).value));
        VD_CHECK(std::isfinite(ensemble->observe(point, 0.1)));
    }
    VD_CHECK(ensemble->check_invariants().has_value());
    return 0;
}
