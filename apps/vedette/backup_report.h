// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "engine/backup/drill.h"

namespace vedette::apps {

/// "1.4 GB" and the like, for people.
std::string human_bytes(std::uint64_t bytes);

/// A path as the commands of backups take it: absolute, without a slash at its end.
std::string plain_path(const std::string& path);

/// Runs a drill and prints what it found.   Returns: the exit code.
int run_drill(const std::string& source, const std::string& scratch, int timeout_s, bool as_json);

}  // namespace vedette::apps
