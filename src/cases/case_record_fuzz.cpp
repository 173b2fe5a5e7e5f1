// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "cases/record.h"

/// Saved records are as untrusted as any file: whatever the bytes, decoding ends in a value or an
/// error, and what decodes encodes back to something that decodes to the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::cases;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto finding = decode_finding(bytes)) {
        const std::string again = encode(*finding);
        const auto second = decode_finding(again);
        VD_CHECK(second && encode(*second) == again);
        VD_CHECK(!to_json(*finding).empty());
    }
    if (const auto incident = decode_incident(bytes)) {
        const std::string again = encode(*incident);
        const auto second = decode_incident(again);
        VD_CHECK(second && encode(*second) == again);
        VD_CHECK(!to_json(*incident).empty());
    }
    return 0;
}
