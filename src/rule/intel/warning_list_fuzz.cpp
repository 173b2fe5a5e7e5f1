// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "rule/intel/warning_lists.h"

// A warning list in either format: it is refused with a reason, or it can be asked.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::rule::intel;
    WarningLists lists;
    const auto added = lists.add("fuzz", {reinterpret_cast<const char*>(data), size});
    if (!added) {
        VD_CHECK(!added.error().text.empty());
        return 0;
    }
    VD_CHECK(lists.list_count() == 1);
    std::string room;
    for (const auto text : {"192.0.2.1", "10.0.0.0/8", "2001:db8::1"}) {
        static_cast<void>(
            lists.keeps_out(IndicatorType::network, *make_key(IndicatorType::network, text, room)));
    }
    for (const auto text : {"good.example", "a.b.c.good.example", "co.uk"}) {
        static_cast<void>(
            lists.keeps_out(IndicatorType::domain, *make_key(IndicatorType::domain, text, room)));
        static_cast<void>(
            lists.keeps_out(IndicatorType::url, *make_key(IndicatorType::url, text, room)));
    }
    return 0;
}
