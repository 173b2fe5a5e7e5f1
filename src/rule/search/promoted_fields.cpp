// SPDX-License-Identifier: Apache-2.0
#include "rule/search/promoted_fields.h"

#include <set>
#include <string_view>

namespace vedette::rule::search {

namespace {

std::string read_of(const std::string& param) { return "fields[{" + param + ":String}]"; }
std::string test_of(const std::string& param) {
    return "mapContains(fields, {" + param + ":String})";
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

}  // namespace

std::vector<std::string> map_fields(const SqlQuery& query) {
    std::set<std::string> names;
    for (const auto& [param, value] : query.params) {
        if (query.sql.find(read_of(param)) != std::string::npos) names.insert(value);
    }
    return {names.begin(), names.end()};
}

SqlQuery with_promoted(SqlQuery query, const std::map<std::string, std::string>& columns) {
    if (columns.empty()) return query;
    for (const auto& [param, value] : query.params) {
        const auto column = columns.find(value);
        if (column == columns.end()) continue;
        const std::string name = '`' + column->second + '`';
        replace_all(query.sql, test_of(param), "isNotNull(" + name + ")");
        replace_all(query.sql, read_of(param), "ifNull(" + name + ", '')");
    }
    return query;
}

}  // namespace vedette::rule::search
