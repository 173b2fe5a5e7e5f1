// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vedette::rule::sigma {

/// Files as (path, content).
using TextFiles = std::vector<std::pair<std::string, std::string>>;

/// Reads all *.yml and *.yaml files of the given files and folders (recursively; a file given by
/// name may have any ending, so that --logsources takes a .json). Sorted by path, each file once.
/// Links to folders are not followed, so that no circle traps us. Errors: not_found or io for a
/// path that cannot be read, limit past limits.h.
base::Result<TextFiles> load_rule_paths(const std::vector<std::string>& paths);

}  // namespace vedette::rule::sigma
