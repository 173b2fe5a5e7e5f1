// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "engine/config.h"

// Any bytes are a configuration or an error that names a place.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto config = engine::parse_config(text, "vedette.yml", "/var/lib/vedette");
    if (!config) {
        VD_CHECK(!config.error().text.empty());
        return 0;
    }
    VD_CHECK(!config->data_folder.empty() && config->batch_rows > 0 && config->store_writers > 0);
    return 0;
}
