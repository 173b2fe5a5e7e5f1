// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::bench {

/// A labelled public data set as a table: the first line names the columns, values may be quoted
/// (RFC 4180). Lines with another number of values are left out and counted.
struct CsvTable {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
    std::size_t odd_row_count = 0;

    std::optional<std::size_t> find(std::string_view column) const;
    bool has(std::initializer_list<std::string_view> names) const;
};

CsvTable read_csv(std::string_view text);

/// A file of a data set, decompressed.
struct DataFile {
    std::string path;
    std::string text;
};

/// The file, or every file below the folder in the order of their paths.
/// Errors: not_found, io, corrupt; not_found too for a folder without files.
base::Result<std::vector<DataFile>> read_data_files(const std::string& path);

}  // namespace vedette::bench
