// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "parse/table_map.h"

namespace vedette::parse::zeek {

/// One log of Zeek and how a record without `_path` tells that it is of it.
struct LogTable {
    KindTable table;
    std::span<const std::string_view> marks;  ///< any of these fields says so
};

/// Fields that mean the same in every log.
std::span<const FieldRule> common_fields();

/// All logs that have a table of their own, in the order in which marks are asked.
std::span<const LogTable> logs();

}  // namespace vedette::parse::zeek
