// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vedette::engine::files {

/// Which files that events name are held against YARA rules, and how many.
struct FileWatchConfig {
    bool is_enabled = true;
    /// Names of this machine in events, besides what it calls itself.
    std::vector<std::string> hosts;
    /// Sources whose events may be of this machine though they come over the network. An event of
    /// these must carry a name of this machine.
    std::vector<std::string> sources;
    std::uint32_t files_per_s = 20;
    std::uint32_t waiting_max = 10'000;  ///< files that wait; more are dropped and counted
};

}  // namespace vedette::engine::files
