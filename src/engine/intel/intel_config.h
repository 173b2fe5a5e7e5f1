// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rule/intel/feed_reader.h"

namespace vedette::engine::intel {

/// A feed as its operator wrote it down.
struct FeedConfig {
    rule::intel::FeedSettings settings;
    std::string path, url;         ///< one of them
    std::int64_t every_s = 3'600;  ///< how often it is looked at
    std::string headers_file;      ///< lines `Name: value`, for keys: sent, never told
    std::string ca_file;           ///< PEM, in place of the system's certificates
    std::uint64_t bytes_max = 256ull << 20;
    int timeout_s = 300;
    std::string where;  ///< file:line:column, for messages
};

struct IntelConfig {
    std::vector<FeedConfig> feeds;
    std::vector<std::string> warning_paths;  ///< files and folders
    int history_days = 30;  ///< new indicators are held against so many days; 0: none
};

/// A feed's name is a file's name and a word of findings: letters, digits, `_`, `-`, `.`; up to 64.
bool is_feed_name(std::string_view name);

}  // namespace vedette::engine::intel
