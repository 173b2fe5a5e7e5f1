// SPDX-License-Identifier: Apache-2.0
// A file of an analytic: what is taken keeps within the bounds, and speaks.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "rule/analytic/analytic.h"
#include "rule/analytic/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::rule::analytic;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = read_analytic("fuzz.yml", text);
    if (!read) {
        VD_CHECK(!read.error().text.empty());
        return 0;
    }
    VD_CHECK(!read->id.text.empty() && read->id.text.size() <= kIdBytesMax);
    VD_CHECK(!read->entity_fields.empty() && !read->against.empty());
    VD_CHECK(is_windowed(read->measure) != read->windows_ms.empty());
    for (const std::int64_t window : read->windows_ms) VD_CHECK(window <= kWindowMaxMs);
    VD_CHECK(!read->sentence.text({{Word::entity, "ada"}}).empty());
    return 0;
}
