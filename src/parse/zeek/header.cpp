// SPDX-License-Identifier: Apache-2.0
#include "parse/zeek/header.h"

#include <algorithm>

#include "parse/quoted_text.h"
#include "parse/zeek/limits.h"

namespace vedette::parse::zeek {

namespace {

constexpr std::string_view kJoint = "   ";

Column::Type type_of(std::string_view name) {
    if (name == "count" || name == "int" || name == "port") return Column::Type::integer;
    if (name == "double" || name == "interval") return Column::Type::real;
    if (name == "time") return Column::Type::time;
    if (name == "bool") return Column::Type::boolean;
    return Column::Type::text;
}

std::vector<std::string_view> split(std::string_view text, std::string_view by) {
    std::vector<std::string_view> out;
    while (out.size() < kColumnsMax) {
        const std::size_t end = text.find(by);
        out.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + by.size());
    }
    return out;
}

void add_columns(std::string_view rest, char separator, Header& header) {
    header.columns.clear();
    for (const std::string_view name : split(rest, {&separator, 1})) {
        Column column;
        const auto names = split(name, kJoint);
        column.name = names[0];
        for (std::size_t i = 1; i < names.size(); ++i) column.joined.emplace_back(names[i]);
        header.columns.push_back(std::move(column));
    }
}

void add_types(std::string_view rest, char separator, Header& header) {
    const auto types = split(rest, {&separator, 1});
    for (std::size_t i = 0; i < std::min(types.size(), header.columns.size()); ++i) {
        std::string_view type = types[i].substr(0, types[i].find(kJoint));
        Column& column = header.columns[i];
        const std::size_t bracket = type.find('[');
        if (bracket != std::string_view::npos && type.ends_with(']')) {
            column.type = Column::Type::list;
            column.element = type_of(type.substr(bracket + 1, type.size() - bracket - 2));
        } else {
            column.type = type_of(type);
        }
    }
}

}  // namespace

Header read_header(std::string_view context) {
    Header header;
    std::string scratch;
    for (std::string_view line : split(context, "\n")) {
        if (!line.starts_with('#')) continue;
        line.remove_prefix(1);
        if (line.starts_with("separator ")) {
            const std::string_view text = unescape_bytes(line.substr(10), scratch);
            if (!text.empty()) header.separator = text[0];
            continue;
        }
        const std::size_t end = line.find(header.separator);
        if (end == std::string_view::npos) continue;
        const std::string_view key = line.substr(0, end), rest = line.substr(end + 1);
        if (key == "set_separator") {
            header.set_separator = unescape_bytes(rest, scratch);
        } else if (key == "empty_field") {
            header.empty_field = rest;
        } else if (key == "unset_field") {
            header.unset_field = rest;
        } else if (key == "path") {
            header.path = rest;
        } else if (key == "fields") {
            add_columns(rest, header.separator, header);
        } else if (key == "types") {
            add_types(rest, header.separator, header);
        }
    }
    return header;
}

}  // namespace vedette::parse::zeek
