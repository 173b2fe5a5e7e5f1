// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "rule/intel/feed_reader.h"

namespace vedette::engine::intel {

/// The feed's name where only its file is known: the file's name without its ending.
std::string feed_name_of(const std::string& path);

/// "3 entries were not taken: ...", with reasons and the first of each; empty if all were.
std::string left_out_text(const rule::intel::FeedReport& report);

/// What is obviously good, and the warning lists of these paths.   Errors: as WarningLists.
base::Result<rule::intel::WarningLists> read_warnings(const std::vector<std::string>& paths);

}  // namespace vedette::engine::intel
