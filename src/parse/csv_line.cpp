// SPDX-License-Identifier: Apache-2.0
#include "parse/csv_line.h"

#include <algorithm>
#include <unordered_set>

#include "parse/csv_limits.h"
#include "parse/text_scan.h"

namespace vedette::parse::csv {

namespace {

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > kNameBytesMax) return false;
    bool has_letter = false;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20) return false;
        has_letter = has_letter || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                     static_cast<unsigned char>(c) >= 0x80;
    }
    return has_letter && text.find("://") == text.npos;
}

}  // namespace

std::string_view LineReader::read_quoted(std::string_view line, std::size_t& at) {
    const std::size_t begin = unquoted_.size();
    const std::size_t first = ++at;
    bool has_doubled = false;
    for (;;) {
        const std::size_t quote = line.find('"', at);
        if (quote == std::string_view::npos) {
            is_open_ = true;
            at = line.size();
            return line.substr(first);
        }
        const bool is_doubled = quote + 1 < line.size() && line[quote + 1] == '"';
        const bool is_end = quote + 1 >= line.size() || line[quote + 1] == delimiter_;
        if (!is_doubled && is_end && !has_doubled) {
            at = quote + 1;
            return line.substr(first, quote - first);
        }
        if (!has_doubled) unquoted_.append(line, first, quote - first);
        if (has_doubled) unquoted_.append(line, at, quote - at);
        has_doubled = true;
        at = quote + 1;
        if (is_doubled) {
            unquoted_ += '"';
            ++at;
            continue;
        }
        // Behind the closing quote, and whatever else stands before the delimiter.
        const std::size_t end = std::min(line.find(delimiter_, at), line.size());
        unquoted_.append(line, at, end - at);
        at = end;
        return std::string_view(unquoted_).substr(begin);
    }
}

// Between tabs a quote is mostly a character: only a value that also ends with one is quoted.
bool LineReader::is_quoted(std::string_view line, std::size_t at) const {
    if (delimiter_ != '\t') return true;
    const std::size_t end = std::min(line.find('\t', at), line.size());
    return end - at >= 2 && line[end - 1] == '"';
}

const std::vector<std::string_view>& LineReader::read(std::string_view line) {
    values_.clear();
    unquoted_.clear();
    unquoted_.reserve(line.size());  // views into it stay
    is_open_ = false;
    std::size_t at = 0;
    for (;;) {
        if (at < line.size() && line[at] == '"' && is_quoted(line, at)) {
            values_.push_back(read_quoted(line, at));
        } else {
            const std::size_t end = std::min(line.find(delimiter_, at), line.size());
            values_.push_back(line.substr(at, end - at));
            at = end;
        }
        if (at >= line.size() || values_.size() > kColumnsMax) return values_;
        ++at;  // the delimiter
    }
}

TableHeader read_table_header(std::string_view line) {
    if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    TableHeader best;
    for (const char delimiter : {'\t', ';', ',', '|'}) {
        LineReader reader(delimiter);
        const auto& values = reader.read(line);
        if (reader.is_open() || values.size() < 2 || values.size() <= best.names.size()) continue;
        if (values.size() > kColumnsMax) continue;
        std::unordered_set<std::string_view> seen;
        TableHeader header{delimiter, {}};
        bool is_header = true;
        for (const std::string_view value : values) {
            const std::string_view name = trimmed(value);
            is_header = is_header && is_name(name) && seen.insert(name).second;
            header.names.emplace_back(name);
        }
        if (is_header) best = std::move(header);
    }
    return best;
}

}  // namespace vedette::parse::csv
