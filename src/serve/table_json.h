// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "rule/search/table.h"

namespace vedette::serve {

/// Reads what rule::search::to_json wrote, numbers exactly.   Errors: corrupt.
base::Result<rule::search::Table> table_from_json(std::string_view json);

}  // namespace vedette::serve
