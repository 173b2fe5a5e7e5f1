// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "base/check.h"
#include "event/told.h"

// The first byte is the number of records. What is told comes out of its own encoding unchanged,
// with the context behind it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::event;
    if (size == 0) return 0;
    const std::string_view context(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto split = split_told(context, data[0]);
    if (!split) return 0;
    VD_CHECK(split->told.values.size() == split->told.names.size() * data[0]);
    VD_CHECK(split->told.times_ns.empty() || split->told.times_ns.size() == data[0]);
    const std::string again = with_told(split->told, split->context);
    const auto second = split_told(again, data[0]);
    VD_CHECK(second && second->told == split->told && second->context == split->context);
    return 0;
}
