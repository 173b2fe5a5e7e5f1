// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "rule/search/hit.h"

// Any bytes as the store's answer: hits that can be shown, or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::rule::search;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static_cast<void>(decode_count(bytes));
    const auto hits = decode_hits(bytes);
    if (!hits) return 0;
    for (const Hit& hit : *hits) {
        std::string line;
        append_json(line, hit);
        VD_CHECK(line.find('\n') == std::string::npos);
        static_cast<void>(hit.field("user.name"));
        static_cast<void>(hit.field("time"));
    }
    return 0;
}
