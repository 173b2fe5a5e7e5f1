// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bench/csv_table.h"
#include "bench/scores.h"

namespace CLI {
class App;
}

namespace vedette::bench {

/// What a suite over labelled sessions measured.
struct SessionResult {
    Scores scores;
    std::optional<double> threshold;       ///< chosen without labels of the data; gives f1
    std::optional<double> promised_share;  ///< of false alarms at the threshold
    std::string more;                      ///< further JSON members, each with a comma before it
};

/// `fit` is empty if no --fit was given.
using SessionRun = base::Result<SessionResult> (*)(const std::vector<DataFile>& fit,
                                                   const std::vector<DataFile>& data);

/// A sub-command with --fit and --data that prints one JSON object.
void add_session_suite(CLI::App& app, std::function<int()>& chosen, const char* name,
                       const char* description, SessionRun run);

/// The tables among the files that have these columns.
std::vector<CsvTable> tables_with(const std::vector<DataFile>& files,
                                  std::initializer_list<std::string_view> columns);

/// The words of a text as symbols.
std::vector<std::uint64_t> symbols_of(std::string_view text);

}  // namespace vedette::bench
