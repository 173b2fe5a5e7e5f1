// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "engine/intel/feed_state.h"
#include "engine/intel/hunt_control.h"
#include "engine/intel/kept_indicators.h"
#include "engine/intel/misp_manifest.h"

// What is remembered of feeds, and what the journal says of indicators and hunts, may be anything.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::engine::intel;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto state = decode_feed_state(text)) {
        VD_CHECK(decode_feed_state(encode(*state)).has_value());
    }
    if (const auto run = hunt_of_control(text)) {
        const auto again = hunt_of_control(hunt_control(*run));
        VD_CHECK(again && again->findings.size() == run->findings.size());
    }
    if (const auto events = read_misp_manifest(text)) {
        for (const auto& [uuid, stamp] : *events) {
            VD_CHECK((uuid + stamp).find_first_of("/\\\0 ") == std::string::npos);
        }
    }
    if (const auto name = indicators_of_control(text)) {
        VD_CHECK(indicators_control(*name) == text);
    }
    return 0;
}
