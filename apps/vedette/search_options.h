// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "apps/vedette/command.h"

namespace vedette::apps {

/// What `vedette search` was told.
struct SearchOptions {
    std::vector<std::string> words;
    std::string sql, from, to, last, output;
    std::optional<std::size_t> limit;
    std::string format = "table";
    std::vector<std::string> fields;
    bool is_live = false;
    std::string save, title, level = "medium";
    std::string data_folder = default_data_folder();
};

/// Checks a search, asks it and shows the answer.   Returns: the exit code
int search(const SearchOptions& options);

}  // namespace vedette::apps
