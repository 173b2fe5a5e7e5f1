// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/search_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "report/text.h"

namespace vedette::apps {

namespace {

using rule::search::ResultCell;
using rule::search::ResultColumn;
using rule::search::Table;

constexpr std::size_t kGap = 2;
constexpr std::size_t kBarColumnsMin = 10;
constexpr std::size_t kTextColumnsMin = 12;
constexpr std::string_view kNothing = "-";

std::string text_of(const ResultCell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) return std::string(kNothing);
    return report::plain(rule::search::cell_text(cell));
}

double number_of(const ResultCell& cell) {
    const auto* number = std::get_if<rule::search::Number::Billionths>(&cell);
    return number == nullptr ? 0 : static_cast<double>(*number) / 1e9;
}

using Lines = std::vector<std::vector<std::string>>;

Lines cells_of(const Table& table) {
    Lines lines(1);
    for (const ResultColumn& column : table.columns) lines[0].push_back(report::plain(column.name));
    for (const auto& row : table.rows) {
        std::vector<std::string>& line = lines.emplace_back();
        for (const ResultCell& cell : row) line.push_back(text_of(cell));
    }
    return lines;
}

std::vector<std::size_t> widths_of(const Lines& lines) {
    std::vector<std::size_t> out(lines[0].size(), 0);
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            out[i] = std::max(out[i], report::columns_of(line[i]));
        }
    }
    return out;
}

// Takes from the widest text until all fit, or all are narrow.
void narrow(std::vector<std::size_t>& widths, const Table& table, std::size_t width) {
    const auto total = [&] {
        std::size_t sum = 0;
        for (const std::size_t one : widths) sum += one + kGap;
        return sum;
    };
    while (total() > width + kGap) {
        std::size_t widest = widths.size();
        for (std::size_t i = 0; i < widths.size(); ++i) {
            if (table.columns[i].type != ResultColumn::Type::text) continue;
            if (widths[i] > kTextColumnsMin &&
                (widest == widths.size() || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == widths.size()) return;
        --widths[widest];
    }
}

std::string padded(const std::string& text, std::size_t columns, bool is_right) {
    const std::string blanks(columns - std::min(columns, report::columns_of(text)), ' ');
    return is_right ? blanks + text : text + blanks;
}

std::string without_blanks_behind(std::string line) {
    line.resize(line.find_last_not_of(' ') + 1);
    return line;
}

std::string plain_rows(const Table& table, const TableLook& look, std::size_t bar_columns) {
    const Lines lines = cells_of(table);
    std::vector<std::size_t> widths = widths_of(lines);
    const std::size_t bars = bar_columns == 0 ? 0 : bar_columns + kGap;
    if (look.is_terminal) narrow(widths, table, look.width > bars ? look.width - bars : 0);
    double greatest = 0;
    const std::size_t measure = table.columns.size() - 1;
    for (const auto& row : table.rows) greatest = std::max(greatest, number_of(row[measure]));
    std::string out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::string line;
        for (std::size_t j = 0; j < lines[i].size(); ++j) {
            const bool is_right = table.columns[j].type == ResultColumn::Type::number;
            // The cells went through plain(), so fit() would show their own escapes again.
            std::string cell = lines[i][j];
            if (report::columns_of(cell) > widths[j]) {
                const auto& whole =
                    i == 0 ? table.columns[j].name : rule::search::cell_text(table.rows[i - 1][j]);
                cell = report::fit(whole, widths[j]);
            }
            line += padded(cell, widths[j], is_right) + std::string(kGap, ' ');
        }
        if (bar_columns > 0 && i > 0 && greatest > 0) {
            line += bar(number_of(table.rows[i - 1][measure]) / greatest, bar_columns);
        }
        out += without_blanks_behind(std::move(line)) + '\n';
    }
    return out;
}

struct Series {
    std::string name;
    std::vector<double> values;
    double greatest = 0;
};

// One line a series: its name, its greatest value, its shape over time.
std::string series_lines(const Table& table, std::size_t width) {
    std::vector<Series> all;
    std::map<std::string, std::size_t> places;
    for (const auto& row : table.rows) {
        const std::string name = text_of(row[1]);
        const auto [at, is_new] = places.emplace(name, all.size());
        if (is_new) all.emplace_back().name = name;
        Series& series = all[at->second];
        series.values.push_back(number_of(row[2]));
        series.greatest = std::max(series.greatest, series.values.back());
    }
    std::size_t name_columns = report::columns_of(report::plain(table.columns[1].name));
    for (const Series& series : all)
        name_columns = std::max(name_columns, report::columns_of(series.name));
    name_columns = std::min(name_columns, width / 3);
    const std::string head = "most " + report::plain(table.columns[2].name);
    const std::size_t number_columns = std::max<std::size_t>(report::columns_of(head), 8);
    const std::size_t used = name_columns + number_columns + 2 * kGap;
    const std::size_t room = width > used + kBarColumnsMin ? width - used : kBarColumnsMin;
    std::string out =
        padded(report::fit(table.columns[1].name, name_columns), name_columns, false) + "  " +
        padded(head, number_columns, true) + "  " + text_of(table.rows.front()[0]) + " to " +
        text_of(table.rows.back()[0]) + '\n';
    for (Series& series : all) {
        // Several buckets share a block where there are more than columns.
        const std::size_t step = (series.values.size() + room - 1) / room;
        std::vector<double> shown;
        for (std::size_t i = 0; i < series.values.size(); i += step) {
            const std::size_t end = std::min(i + step, series.values.size());
            double most = 0;
            for (std::size_t j = i; j < end; ++j) most = std::max(most, series.values[j]);
            shown.push_back(most);
        }
        const auto greatest = static_cast<rule::search::Number::Billionths>(series.greatest * 1e9);
        std::string name = series.name;
        if (report::columns_of(name) > name_columns)
            name.resize(report::cut_bytes(name, name_columns).size());
        out += padded(name, name_columns, false) + "  " +
               padded(rule::search::number_text(greatest), number_columns, true) + "  " +
               without_blanks_behind(sparkline(shown)) + '\n';
    }
    return out;
}

}  // namespace

std::string bar(double share, std::size_t columns) {
    static constexpr const char* kParts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    auto eighths = static_cast<std::size_t>(
        std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(columns) * 8));
    if (share > 0 && eighths == 0) eighths = 1;
    std::string out;
    for (std::size_t i = 0; i < eighths / 8; ++i) out += "█";
    return out + kParts[eighths % 8];
}

std::string sparkline(const std::vector<double>& values) {
    static constexpr const char* kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const double greatest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
    std::string out;
    for (const double value : values) {
        const double share = greatest > 0 ? std::max(value, 0.0) / greatest : 0;
        out += kBlocks[static_cast<std::size_t>(std::ceil(share * 8))];
    }
    return out;
}

std::string table_text(const Table& table, const TableLook& look) {
    const auto& columns = table.columns;
    const bool is_drawn = look.is_chart && look.is_terminal && !table.rows.empty() &&
                          columns.front().type == ResultColumn::Type::time &&
                          columns.back().type == ResultColumn::Type::number;
    if (is_drawn && columns.size() == 3 && columns[1].type == ResultColumn::Type::text) {
        return series_lines(table, look.width);
    }
    if (!is_drawn || columns.size() != 2) return plain_rows(table, look, 0);
    const std::vector<std::size_t> widths = widths_of(cells_of(table));
    const std::size_t used = widths[0] + widths[1] + 2 * kGap;
    return plain_rows(table, look,
                      look.width > used + kBarColumnsMin ? look.width - used : kBarColumnsMin);
}

}  // namespace vedette::apps
