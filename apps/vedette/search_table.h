// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "rule/search/table.h"

namespace vedette::apps {

struct TableLook {
    std::size_t width = 100;   ///< columns of the terminal
    bool is_terminal = false;  ///< draws bars; else every value is written whole
    bool is_chart = false;     ///< the table is a time chart
};

/// A table for a person. On a terminal it fits the width, a time chart has a bar in each line, and
/// one of several series is drawn as a line of blocks a series. In a pipe there is a line of names
/// and one a row, columns are as wide as their widest value, nothing is cut.
/// Safe for terminals: text of events goes through report::plain().
std::string table_text(const rule::search::Table& table, const TableLook& look);

/// A bar of `share` (0 to 1) of `columns` in eighths of a column.
std::string bar(double share, std::size_t columns);
/// One block for each value, as high as its share of the greatest.
std::string sparkline(const std::vector<double>& values);

}  // namespace vedette::apps
