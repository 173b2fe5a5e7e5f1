// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "engine/config.h"

namespace vedette::apps {

enum class Health { ok, warn, fail };
std::string_view name(Health health);

/// One line of `vedette doctor`.
struct CheckUp {
    std::string name;  ///< stable, for scripts: "disk", "clock", ...
    Health health = Health::ok;
    std::string text;  ///< what was found
    std::string hint;  ///< what to do about it; empty when ok
};

/// Looks at everything `vedette serve` with this configuration needs, and changes nothing: what it
/// starts and writes is in a folder of its own below the system's temporary folder.
/// Cost: about two seconds, nearly all of it the start of the store.
std::vector<CheckUp> check_machine(const engine::Config& config);

// The single checks, for tests.
CheckUp check_data_folder(const std::string& folder);
CheckUp check_disk(const std::string& folder, std::uint64_t journal_quota_bytes);
CheckUp check_open_files();
CheckUp check_clock();
CheckUp check_store(const engine::Config& config);
CheckUp check_rules(const engine::Config& config);
CheckUp check_lists(const engine::Config& config);
std::vector<CheckUp> check_sources(const engine::Config& config, bool is_server_running);

}  // namespace vedette::apps
