// SPDX-License-Identifier: Apache-2.0
#include "engine/upgrade/versions.h"

#include <fmt/format.h>

#include <charconv>

#include "store/schema.h"
#include "store/state/state_copy.h"

namespace vedette::engine::upgrade {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::uint32_t kFolderVersion = 1;
constexpr std::uint64_t kFileBytesMax = 1'024;

auto corrupt_versions() {
    return base::fail(ErrorCode::corrupt, "this is no version file of a data folder",
                      std::string(kVersionFile),
                      "restore the folder from a backup, or write what `vedette upgrade status` of "
                      "another copy says");
}

/// Eats `key number\n`.
bool take(std::string_view& text, std::string_view key, std::uint32_t& number) {
    if (!text.starts_with(key)) return false;
    const char* const begin = text.data() + key.size();
    const char* const end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(begin, end, number);
    if (code != std::errc() || stop == end || *stop != '\n') return false;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
    return true;
}

}  // namespace

Versions versions_known() {
    return {kFolderVersion, store::state_schema_known(), store::schema_version_known()};
}

std::string text_of(const Versions& versions) {
    return fmt::format("folder {}, state {}, store {}", versions.folder, versions.state,
                       versions.store);
}

std::string encode(const Versions& versions) {
    return fmt::format("vedette data {}\nstate {}\nstore {}\n", versions.folder, versions.state,
                       versions.store);
}

Result<Versions> decode_versions(std::string_view text) {
    Versions versions;
    if (!take(text, "vedette data ", versions.folder)) return corrupt_versions();
    // A newer form may have other lines: that it is newer is all we can know.
    if (versions.folder > kFolderVersion) return versions;
    if (!take(text, "state ", versions.state) || !take(text, "store ", versions.store) ||
        !text.empty()) {
        return corrupt_versions();
    }
    return versions;
}

Result<std::optional<Versions>> read_versions(base::Files& files, const std::string& data_folder) {
    const std::string path = data_folder + "/" + std::string(kVersionFile);
    if (!files.size_bytes(path)) return std::optional<Versions>();
    VD_TRY(const std::string text, base::read_file(path, kFileBytesMax));
    VD_TRY(const Versions versions, decode_versions(text));
    return std::optional<Versions>(versions);
}

Result<void> write_versions(base::Files& files, const std::string& data_folder,
                            const Versions& versions) {
    return files.replace(data_folder + "/" + std::string(kVersionFile), encode(versions));
}

Result<void> check_not_newer(const Versions& found, const Versions& known,
                             const std::string& data_folder) {
    if (found.folder <= known.folder && found.state <= known.state && found.store <= known.store) {
        return {};
    }
    return base::fail(
        ErrorCode::unsupported,
        fmt::format("the data folder is newer ({}) than this program ({})", text_of(found),
                    text_of(known)),
        data_folder,
        "start the newer program again; or put the folder back to where it was before with that "
        "program's `vedette upgrade back`, or restore a backup into another folder");
}

}  // namespace vedette::engine::upgrade
