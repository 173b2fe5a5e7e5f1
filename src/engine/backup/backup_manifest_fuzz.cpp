// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "engine/backup/manifest.h"

// Any bytes are a manifest or an error; a manifest is written again as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto manifest = engine::backup::decode_manifest(text);
    if (!manifest) {
        VD_CHECK(!manifest.error().text.empty());
        return 0;
    }
    for (const auto& file : manifest->files) VD_CHECK(engine::backup::is_good_name(file.name));
    const auto again = engine::backup::decode_manifest(engine::backup::encode(*manifest));
    VD_CHECK(again && *again == *manifest);
    return 0;
}
