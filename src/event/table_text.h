// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::event {

/// Reads a table as spreadsheets, directories and scripts write it: CSV after RFC 4180 with any
/// separator, values in quotes over several lines, a byte order mark, line ends of either kind.
/// Empty lines and lines that begin with '#' are passed over. Blanks around values do not count.
/// Lives: values are good until the next call, and as long as the text.
class TableReader {
  public:
    TableReader(std::string_view text, char separator);

    /// False at the end.   Errors: bad_input for a quote that is never closed; limit for a row of
    /// more than kListColumnsMax values.
    base::Result<bool> next();
    const std::vector<std::string_view>& values() const { return values_; }
    /// Where the row begins, from 1.
    std::size_t line() const { return row_line_; }

    /// The one of comma, semicolon and tab that the first line which counts has most of.
    static char separator_of(std::string_view text);

  private:
    base::Result<std::string_view> quoted();

    std::string_view text_;
    const char separator_;
    std::size_t at_ = 0, line_ = 1, row_line_ = 1;
    std::vector<std::string_view> values_;
    std::deque<std::string> unquoted_;  // values in which quotes were doubled
};

/// The lines of a plain list: one value each; empty lines and comments behind '#' are passed over.
class LineList {
  public:
    explicit LineList(std::string_view text);
    /// False at the end.
    bool next();
    std::string_view value() const { return value_; }
    std::size_t line() const { return line_; }

  private:
    std::string_view text_, value_;
    std::size_t line_ = 0;
};

/// Without blanks, tabs and carriage returns at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace vedette::event
