// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::tests {

/// The running program's children whose program has this name (its first 15 bytes, as the kernel
/// keeps it).
inline std::vector<pid_t> children_named(std::string_view name) {
    std::vector<pid_t> found;
    std::error_code gone;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", gone)) {
        const std::string pid = entry.path().filename().string();
        if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
        std::ifstream in(entry.path() / "stat");
        std::string text;
        std::getline(in, text);
        // pid (name) state parent ...
        const std::size_t open = text.find('('), close = text.rfind(')');
        if (open == std::string::npos || close == std::string::npos) continue;
        if (text.substr(open + 1, close - open - 1) != name.substr(0, 15)) continue;
        if (std::stol(text.substr(close + 4)) == ::getpid()) found.push_back(std::stoi(pid));
    }
    return found;
}

}  // namespace vedette::tests
