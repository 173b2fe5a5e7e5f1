// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "base/check.h"
#include "engine/arrivals.h"
#include "engine/coverage.h"

namespace {

template <typename View>
void check(std::string_view bytes) {
    View view;
    if (!view.restore(bytes)) return;
    View again;
    const std::string saved = view.save();
    VD_CHECK(again.restore(saved) && again.save() == saved);
}

}  // namespace

// The first byte chooses the view; what can be read must come out of its own encoding unchanged.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::engine;
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    data[0] % 2 == 0 ? check<Coverage>(bytes) : check<Arrivals>(bytes);
    return 0;
}
