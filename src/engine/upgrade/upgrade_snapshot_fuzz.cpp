// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "engine/upgrade/snapshot.h"
#include "engine/upgrade/versions.h"

// Any bytes are a snapshot's file (or a version file) or an error; what is one is written again so.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::engine::upgrade;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto snapshot = decode_snapshot(text)) {
        VD_CHECK(decode_snapshot(encode(*snapshot)).value() == *snapshot);
        VD_CHECK(snapshot->name.find('/') == std::string::npos);
    }
    if (const auto versions = decode_versions(text)) {
        VD_CHECK(decode_versions(encode(*versions)).has_value());
    }
    return 0;
}
