// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "engine/standings.h"

/// Any bytes are standings or are refused; what was read is written and read again alike.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::engine;
    const auto read = standings_of_json({reinterpret_cast<const char*>(data), size});
    if (!read) return 0;
    const std::string once = standings_json(*read);
    const auto again = standings_of_json(once);
    VD_CHECK(again.has_value() && standings_json(*again) == once);
    return 0;
}
