// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "rule/search/hit.h"

namespace vedette::rule::search {

/// Events as CSV under a line of names: the fields named, or else time, source, origin, dataset and
/// every field that one of them has, in the order in which they are met, and the record.
/// Values as append_csv_value (table.h) writes them.
void append_csv(std::string& out, const std::vector<Hit>& hits,
                const std::vector<std::string>& fields);

}  // namespace vedette::rule::search
