// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <utility>

#include "learn/templates/template_miner.h"
#include "learn/test_restored.h"

// A saved miner may be anything behind its seal, and what is restored must be able to learn; the
// same bytes are a log. The bytes are what stands behind the limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::learn;
    const TemplateLimits limits{20, 40, 4, 1 << 20};
    const auto make = [&] { return TemplateMiner(limits); };
    std::string state;
    StateWriter out(state);
    out.varint(limits.templates_max);
    out.varint(limits.lines_max);
    out.varint(limits.lines_per_template_max);
    out.varint(limits.memory_bytes_max);
    std::string_view text(reinterpret_cast<const char*>(data), size);
    state.append(text);
    auto restored = restored_or_refused(make, state);
    TemplateMiner miner = restored ? std::move(*restored) : make();
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        miner.learn(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    miner.settle();
    VD_CHECK(miner.check_invariants().has_value());
    for (const std::uint64_t id : miner.ids()) VD_CHECK(miner.resolve(id) == id);
    return 0;
}
