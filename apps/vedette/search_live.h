// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "rule/search/hit.h"
#include "rule/search/table.h"

namespace vedette::apps {

/// Follows the events that match in the running server, until `events_max` were shown or somebody
/// interrupts. `show` gets them as they come; what was lost or is behind is told on standard error.
/// Errors: unavailable where no server runs, or when it ends; those of the query.
base::Result<void> follow(
    const std::string& data_folder, const std::string& query, std::optional<std::size_t> events_max,
    const std::function<base::Result<void>(const std::vector<rule::search::Hit>& hits)>& show);

/// The same for a query that counts, until somebody interrupts: `show` gets the table of all that
/// came since it began, whenever that has changed, and not more often than once a second.
base::Result<void> follow_table(
    const std::string& data_folder, const std::string& query,
    const std::function<base::Result<void>(const rule::search::Table& table)>& show);

}  // namespace vedette::apps
