// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::bench {

/// A file of metric series: a time in the first column, then one number for each series, perhaps a
/// label. Read by its header and content: separated by commas or semicolons; times as
/// `2014-04-10 07:15:00` (a fraction may follow) or `04/07/16 00` (day, month, year, hour), in UTC.
struct SeriesTable {
    std::string path;
    std::vector<std::string> names;  // of the series
    std::vector<std::int64_t> times_s;
    std::vector<std::vector<double>> rows;  // one number for each name
    std::vector<bool> labels;               // empty where the file has none
    std::size_t odd_row_count = 0;          // lines that were left out
};

/// Seconds since 1970.
std::optional<std::int64_t> read_series_time(std::string_view text);
/// Nothing if the text is no such file. A column `anomaly`, `label` or `ATT_FLAG` is the label
/// (1: odd); `changepoint` is left out.
std::optional<SeriesTable> read_series(std::string path, std::string_view text);

/// All such files of a file or folder, in the order of their paths.
/// Errors: those of read_data_files(); not_found if there is none.
base::Result<std::vector<SeriesTable>> read_all_series(const std::string& path);

}  // namespace vedette::bench
