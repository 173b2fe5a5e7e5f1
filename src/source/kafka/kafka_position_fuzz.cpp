// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "base/check.h"
#include "source/kafka/position.h"

// What can be read must come out of its own encoding unchanged.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::source::kafka;
    const auto position = decode_position({reinterpret_cast<const char*>(data), size});
    if (position) {
        const auto again = decode_position(encode_position(*position));
        VD_CHECK(again && *again == *position);
    }
    return 0;
}
