// SPDX-License-Identifier: Apache-2.0
#include "bench/series_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "bench/csv_table.h"

namespace vedette::bench {

namespace {

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\r' || c == '\t'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split(std::string_view line, char separator) {
    std::vector<std::string_view> out;
    for (;;) {
        const std::size_t at = line.find(separator);
        out.push_back(trimmed(line.substr(0, at)));
        if (at == std::string_view::npos) return out;
        line.remove_prefix(at + 1);
    }
}

std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

bool is_label(std::string_view name) {
    return name == "anomaly" || name == "label" || name == "ATT_FLAG";
}

/// The runs of digits of a text, at most six.
std::vector<int> digits(std::string_view text) {
    std::vector<int> out;
    for (std::size_t i = 0; i < text.size() && out.size() < 6;) {
        int value = 0;
        const auto [end, error] =
            std::from_chars(text.data() + i, text.data() + std::min(i + 4, text.size()), value);
        if (error != std::errc() || value < 0) {
            ++i;
            continue;
        }
        out.push_back(value);
        // A separator behind a number is no sign.
        i = static_cast<std::size_t>(end - text.data()) + 1;
    }
    return out;
}

}  // namespace

std::optional<std::int64_t> read_series_time(std::string_view text) {
    std::vector<int> parts = digits(text);
    if (text.size() > 2 && text[2] == '/' && parts.size() >= 3) {
        std::swap(parts[0], parts[2]);
        parts[0] += 2'000;
    }
    if (parts.size() < 3 || text.find_first_of("-/") == std::string_view::npos) return {};
    parts.resize(6);
    const std::chrono::year_month_day day(std::chrono::year(parts[0]),
                                          std::chrono::month(static_cast<unsigned>(parts[1])),
                                          std::chrono::day(static_cast<unsigned>(parts[2])));
    if (!day.ok()) return {};
    const std::int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
    return ((days * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5];
}

std::optional<SeriesTable> read_series(std::string path, std::string_view text) {
    const auto next_line = [&text] {
        const std::size_t at = text.find('\n');
        const std::string_view line = text.substr(0, at);
        text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
        return line;
    };
    const std::string_view header = next_line();
    const char separator = header.find(';') != std::string_view::npos ? ';' : ',';
    const std::vector<std::string_view> columns = split(header, separator);
    SeriesTable out;
    out.path = std::move(path);
    std::optional<std::size_t> label;
    std::vector<std::size_t> used;
    for (std::size_t i = 1; i < columns.size(); ++i) {
        if (is_label(columns[i])) {
            label = i;
        } else if (columns[i] != "changepoint") {
            used.push_back(i);
            out.names.emplace_back(columns[i]);
        }
    }
    if (used.empty() || number(columns[0])) return {};
    while (!text.empty()) {
        const std::string_view line = next_line();
        if (trimmed(line).empty()) continue;
        const std::vector<std::string_view> cells = split(line, separator);
        const auto time = read_series_time(cells[0]);
        bool is_right = time && cells.size() == columns.size();
        std::vector<double> row;
        for (std::size_t i = 0; is_right && i < used.size(); ++i) {
            const auto value = number(cells[used[i]]);
            is_right = value.has_value();
            if (value) row.push_back(*value);
        }
        const auto flag = is_right && label ? number(cells[*label]) : std::optional<double>(0);
        if (!is_right || !flag) {
            if (++out.odd_row_count > 20 && out.rows.empty()) return {};
            continue;
        }
        out.times_s.push_back(*time);
        out.rows.push_back(std::move(row));
        if (label) out.labels.push_back(*flag == 1);
    }
    if (out.rows.empty()) return {};
    return out;
}

base::Result<std::vector<SeriesTable>> read_all_series(const std::string& path) {
    VD_TRY(const std::vector<DataFile> files, read_data_files(path));
    std::vector<SeriesTable> out;
    for (const DataFile& file : files) {
        if (auto table = read_series(file.path, file.text)) out.push_back(std::move(*table));
    }
    if (out.empty()) {
        return base::fail(base::ErrorCode::not_found, "no metric series in " + path, {},
                          "wanted: a header, a time in the first column, numbers behind it");
    }
    return out;
}

}  // namespace vedette::bench
