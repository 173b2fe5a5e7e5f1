// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace vedette::engine::upgrade {

/// The file of a data folder that says of which versions its parts are.
inline constexpr std::string_view kVersionFile = "version";

/// The version of each part of a data folder that has a form of its own.
struct Versions {
    std::uint32_t folder = 1;  ///< the names in the folder, the journal's segments and chunks
    std::uint32_t state = 0;   ///< migrations that state.sqlite has had
    std::uint32_t store = 0;   ///< migrations that the event store has had
    bool operator==(const Versions&) const = default;
};

/// What this program makes of every folder.
Versions versions_known();

/// "folder 1, state 2, store 3", for people.
std::string text_of(const Versions& versions);

/// The file's text, and back. Lines: `vedette data 1`, `state 2`, `store 3`.
/// Errors: corrupt; unsupported if the file's own form is newer.
std::string encode(const Versions& versions);
base::Result<Versions> decode_versions(std::string_view text);

/// What a folder says; nothing if it says nothing, because it is new or from before there was such
/// a file.
base::Result<std::optional<Versions>> read_versions(base::Files& files,
                                                    const std::string& data_folder);
base::Result<void> write_versions(base::Files& files, const std::string& data_folder,
                                  const Versions& versions);

/// Errors: unsupported if any part is newer than `known`, with what to do.
base::Result<void> check_not_newer(const Versions& found, const Versions& known,
                                   const std::string& data_folder);

}  // namespace vedette::engine::upgrade
