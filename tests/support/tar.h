// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette::tests {

/// The plain files of a tar archive (POSIX ustar with GNU's long names) as (name, content), for
/// data packs of tests; stops at the first damage.
inline std::vector<std::pair<std::string, std::string>> tar_files(std::string_view archive) {
    constexpr std::size_t kBlock = 512;
    std::vector<std::pair<std::string, std::string>> files;
    std::string long_name;
    while (archive.size() >= kBlock && archive[0] != '\0') {
        const auto text = [&](std::size_t at, std::size_t size) {
            const std::string_view field = archive.substr(at, size);
            return std::string(field.substr(0, field.find('\0')));
        };
        const std::size_t size = std::strtoul(text(124, 12).c_str(), nullptr, 8);
        const char type = archive[156];
        std::string name = text(0, 100);
        if (text(257, 6) == "ustar" && !text(345, 155).empty()) name = text(345, 155) + "/" + name;
        archive.remove_prefix(kBlock);
        if (archive.size() < size) break;
        const std::string_view content = archive.substr(0, size);
        if (type == 'L') {
            long_name = content.substr(0, content.find('\0'));
        } else {
            if (!long_name.empty()) name = std::exchange(long_name, {});
            if (type == '0' || type == '\0') files.emplace_back(std::move(name), content);
        }
        archive.remove_prefix(std::min(archive.size(), (size + kBlock - 1) / kBlock * kBlock));
    }
    return files;
}

}  // namespace vedette::tests
