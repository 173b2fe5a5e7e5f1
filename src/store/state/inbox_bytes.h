// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace vedette::store {

/// What a row of the inbox counts for in its stage's bytes, as SQL.
inline constexpr std::string_view kKeptBytes =
    "length(CAST(stage AS BLOB)) + length(CAST(source AS BLOB)) + length(CAST(origin AS BLOB)) + "
    "length(CAST(reason AS BLOB)) + length(raw)";

}  // namespace vedette::store
