// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::tests {

/// Where a file of the shared data sets lies: below VEDETTE_SHARED, or beside the source tree.
/// Nothing if it is not there; a test then says so and skips.
inline std::optional<std::string> shared_path(std::string_view relative) {
    const char* const told = std::getenv("VEDETTE_SHARED");
    const std::filesystem::path root =
        told != nullptr ? std::filesystem::path(told)
                        : std::filesystem::path(VEDETTE_SOURCE_DIR).parent_path() / "shared";
    const std::filesystem::path path = root / relative;
    if (!std::filesystem::exists(path)) return std::nullopt;
    return path.string();
}

}  // namespace vedette::tests
