// SPDX-License-Identifier: Apache-2.0
// Any bytes as a condition: what is read prints and reads back as itself.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "rule/sigma/condition.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::rule::sigma;
    const auto condition = parse_condition({reinterpret_cast<const char*>(data), size});
    if (!condition) {
        VD_CHECK(!condition.error().text.empty());
        return 0;
    }
    const auto again = parse_condition(print(*condition));
    VD_CHECK(again.has_value());
    VD_CHECK(*again == *condition);
    return 0;
}
