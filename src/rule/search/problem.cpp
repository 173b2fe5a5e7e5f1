// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/json_text.h"
#include "rule/search/limits.h"
#include "rule/search/query.h"

namespace vedette::rule::search {

namespace {

// The query's characters as one cell each: control characters become blanks, what is not UTF-8 a
// '?'.
std::vector<std::string> cells_of(std::string_view query, std::size_t at, std::size_t& column) {
    std::vector<std::string> cells;
    column = 0;
    for (std::size_t i = 0; i < query.size();) {
        if (i < at) ++column;
        const std::size_t size = base::utf8_sequence_size(query.substr(i));
        const bool is_control = static_cast<unsigned char>(query[i]) < 0x20 || query[i] == '\x7F' ||
                                (size == 2 && query[i] == '\xC2' && query[i + 1] < '\xA0');
        cells.emplace_back(size == 0 ? "?" : is_control ? " " : std::string(query.substr(i, size)));
        i += std::max<std::size_t>(size, 1);
    }
    return cells;
}

}  // namespace

std::string caret_lines(std::string_view query, std::size_t at) {
    std::size_t column = 0;
    const std::vector<std::string> cells = cells_of(query, at, column);
    std::size_t begin =
        column > kErrorContextCharacters / 2 ? column - kErrorContextCharacters / 2 : 0;
    if (begin + kErrorContextCharacters > cells.size()) {
        begin = cells.size() > kErrorContextCharacters ? cells.size() - kErrorContextCharacters : 0;
    }
    const std::size_t end = std::min(cells.size(), begin + kErrorContextCharacters);
    std::string line = begin > 0 ? "..." : "";
    const std::size_t indent = line.size() + (column - begin);
    for (std::size_t i = begin; i < end; ++i) line += cells[i];
    if (end < cells.size()) line += "...";
    return line + '\n' + std::string(indent, ' ') + '^';
}

base::Error to_error(std::string_view query, const Problem& problem) {
    std::size_t column = 0;
    cells_of(query, problem.at, column);
    base::Error error{base::ErrorCode::bad_input, problem.text,
                      "column " + std::to_string(column + 1), problem.suggestion, false};
    if (!error.hint.empty()) error.hint += '\n';
    error.hint += caret_lines(query, problem.at);
    return error;
}

}  // namespace vedette::rule::search
