// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rule/search/hit.h"
#include "rule/search/table.h"

namespace vedette::apps {

/// What `vedette search` asks for, wherever the answer comes from.
struct SearchQuestion {
    std::string query, sql;       ///< one of the two
    std::string from, to;         ///< as rule/search/time_text.h reads them; empty: open
    std::string format = "json";  ///< as serve/search_request.h has them
    std::optional<std::size_t> limit;
};

/// Asks the server that runs on the data folder, or else opens the store there for this one
/// question: the bytes of the answer. Errors: bad_input for the query or the times, not_found where
/// nothing was ever stored, and those of the store.
base::Result<std::string> ask(const std::string& data_folder, const SearchQuestion& question);

/// The lines of events in an answer.   Errors: corrupt.
base::Result<std::vector<rule::search::Hit>> read_hits(std::string_view lines);

/// One line of the server's answer (rule::search::append_json) read back.
base::Result<rule::search::Hit> hit_from_json(std::string_view line);

/// An answer in the format `rows`: all cells are texts.   Errors: corrupt.
base::Result<rule::search::Table> read_rows(std::string_view lines, std::size_t rows_max);

}  // namespace vedette::apps
