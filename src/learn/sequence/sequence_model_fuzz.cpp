// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstdint>

#include "learn/sequence/sequence_model.h"
#include "learn/test_restored.h"

// Behind the settings a saved model may have anything. What is restored can be asked and taught.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const SequenceSettings settings{2, 16, 100, 0x1p-16};
    const auto make = [&] { return SequenceModel(settings); };
    std::string state;
    StateWriter out(state);
    out.varint(settings.order_max);
    out.varint(settings.cells);
    out.real(settings.half_life);
    out.real(settings.unseen_probability);
    state.append(reinterpret_cast<const char*>(data), size);
    auto model = restored_or_refused(make, state);
    if (!model) return 0;
    const std::array<std::uint64_t, 3> history{1, 2, 3};
    for (std::uint64_t symbol = 0; symbol < 20; ++symbol) {
        const auto time = static_cast<std::int64_t>(symbol * 50);
        VD_CHECK(std::isfinite(model->surprise(7, history, symbol, time).bits));
        model->learn(7, history, symbol, time, symbol % 3 == 0 ? -1 : 1);
    }
    VD_CHECK(model->check_invariants().has_value());
    return 0;
}
