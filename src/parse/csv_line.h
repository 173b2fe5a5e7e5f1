// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vedette::parse::csv {

/// Cuts one line into its values: RFC 4180 with any delimiter. Blanks beside a delimiter belong to
/// the value; text behind a closing quote is kept.
class LineReader {
  public:
    explicit LineReader(char delimiter) : delimiter_(delimiter) {}

    /// The values, in order. Lives: until the next call, and as long as `line`.
    const std::vector<std::string_view>& read(std::string_view line);
    /// Whether a quote of the last line was not closed.
    bool is_open() const { return is_open_; }

  private:
    bool is_quoted(std::string_view line, std::size_t at) const;
    std::string_view read_quoted(std::string_view line, std::size_t& at);

    char delimiter_;
    bool is_open_ = false;
    std::vector<std::string_view> values_;
    std::string unquoted_;  // values in which quotes were doubled, one behind the other
};

/// What a header line tells: the delimiter that cuts it into most names, and the names. No names if
/// it is no header: less than two, or one of them is empty, a number, too long or there twice.
struct TableHeader {
    char delimiter = ',';
    std::vector<std::string> names;
};
TableHeader read_table_header(std::string_view line);

}  // namespace vedette::parse::csv
