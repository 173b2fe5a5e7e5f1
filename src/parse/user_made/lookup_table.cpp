// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/lookup_table.h"

#include <algorithm>
#include <array>

#include "parse/csv_line.h"
#include "parse/text_scan.h"
#include "parse/user_made/limits.h"

namespace vedette::parse::user_made {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string folded(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

}  // namespace

void LookupTable::add(std::string_view key, std::string_view value) {
    values_[ignores_case_ ? folded(key) : std::string(key)] = std::string(value);
}

base::Result<void> LookupTable::add_csv(std::string_view text, std::string_view where) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    csv::LineReader reader(',');
    std::size_t line_number = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++line_number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (trimmed(line).empty() || line.starts_with('#')) continue;
        const auto& values = reader.read(line);
        if (values.size() < 2 || reader.is_open()) {
            return base::fail(base::ErrorCode::bad_input, "a line of a table is `key,value`",
                              std::string(where) + ":" + std::to_string(line_number));
        }
        if (values_.size() == kTableEntriesMax) {
            return base::fail(
                base::ErrorCode::limit,
                "the table has more than " + std::to_string(kTableEntriesMax) + " lines",
                std::string(where));
        }
        add(values[0], values[1]);
    }
    return {};
}

std::optional<std::string_view> LookupTable::find(std::string_view key) const {
    std::array<char, 256> room;
    std::string longer;
    if (ignores_case_) {
        char* to = room.data();
        if (key.size() > room.size()) {
            longer.resize(key.size());
            to = longer.data();
        }
        std::transform(key.begin(), key.end(), to, lower);
        key = {to, key.size()};
    }
    const auto found = values_.find(key);
    return found == values_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

}  // namespace vedette::parse::user_made
