// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rule/search/hit.h"

namespace vedette::apps {

/// What `vedette search` asks for, wherever the answer comes from.
struct SearchQuestion {
    std::string query;
    std::string from, to;  ///< as rule/search/time_text.h reads them; empty: open
    std::size_t limit = 100;
};

/// Asks the server that runs on the data folder, or else opens the store there for this one
/// question. Errors: bad_input for the query or the times, not_found where nothing was ever stored,
/// and those of the store.
base::Result<std::vector<rule::search::Hit>> find_hits(const std::string& data_folder,
                                                       const SearchQuestion& question);

/// One line of the server's answer (rule::search::append_json) read back.
base::Result<rule::search::Hit> hit_from_json(std::string_view line);

}  // namespace vedette::apps
