// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vedette::parse::zeek {

/// One column of a log as its header tells.
struct Column {
    enum class Type : unsigned char { text, integer, real, boolean, time, list };
    std::string name;
    Type type = Type::text;
    Type element = Type::text;  ///< of a list
    /// Names behind the first in one column: some labelled logs have joined columns with three
    /// blanks.
    std::vector<std::string> joined;
};

/// What the lines that begin with '#' say about the records behind them.
struct Header {
    char separator = '\t';
    std::string set_separator = ",";
    std::string empty_field = "(empty)";
    std::string unset_field = "-";
    std::string path;
    std::vector<Column> columns;
};

/// Reads header lines joined by "\n". Lines it does not know are passed over; without "#fields"
/// there are no columns. Source: Zeek 7.0, frameworks/logging (ASCII writer)
Header read_header(std::string_view context);

}  // namespace vedette::parse::zeek
