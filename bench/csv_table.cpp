// SPDX-License-Identifier: Apache-2.0
#include "bench/csv_table.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "bench/bench_data.h"

namespace vedette::bench {

namespace {

/// Takes one record off `text`.
std::vector<std::string> take_record(std::string_view& text) {
    std::vector<std::string> values(1);
    std::size_t at = 0;
    bool is_quoted = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (is_quoted) {
            if (c != '"') {
                values.back() += c;
            } else if (at + 1 < text.size() && text[at + 1] == '"') {
                values.back() += text[++at];
            } else {
                is_quoted = false;
            }
        } else if (c == '"' && values.back().empty()) {
            is_quoted = true;
        } else if (c == ',') {
            values.emplace_back();
        } else if (c == '\n') {
            break;
        } else if (c != '\r' || (at + 1 < text.size() && text[at + 1] != '\n')) {
            values.back() += c;
        }
    }
    text.remove_prefix(std::min(at + 1, text.size()));
    return values;
}

}  // namespace

std::optional<std::size_t> CsvTable::find(std::string_view column) const {
    const auto at = std::find(columns.begin(), columns.end(), column);
    if (at == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(at - columns.begin());
}

bool CsvTable::has(std::initializer_list<std::string_view> names) const {
    return std::all_of(names.begin(), names.end(),
                       [&](std::string_view name) { return find(name).has_value(); });
}

CsvTable read_csv(std::string_view text) {
    CsvTable table;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.empty()) return table;
    table.columns = take_record(text);
    while (!text.empty()) {
        std::vector<std::string> row = take_record(text);
        if (row.size() == table.columns.size()) {
            table.rows.push_back(std::move(row));
        } else if (row.size() > 1 || !row[0].empty()) {
            ++table.odd_row_count;
        }
    }
    return table;
}

base::Result<std::vector<DataFile>> read_data_files(const std::string& path) {
    std::vector<std::string> paths;
    std::error_code failure;
    if (std::filesystem::is_directory(path, failure)) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path, failure)) {
            if (entry.is_regular_file()) paths.push_back(entry.path().string());
        }
        std::sort(paths.begin(), paths.end());
    } else {
        paths.push_back(path);
    }
    if (paths.empty()) {
        return base::fail(base::ErrorCode::not_found, "no file below the folder", path);
    }
    std::vector<DataFile> files;
    for (std::string& one : paths) {
        VD_TRY(std::string text, read_data(one));
        files.push_back({std::move(one), std::move(text)});
    }
    return files;
}

}  // namespace vedette::bench
