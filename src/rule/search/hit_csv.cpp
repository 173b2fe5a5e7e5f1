// SPDX-License-Identifier: Apache-2.0
#include "rule/search/hit_csv.h"

#include <set>

#include "rule/search/table.h"

namespace vedette::rule::search {

namespace {

std::vector<std::string> all_fields(const std::vector<Hit>& hits) {
    std::vector<std::string> out = {"time", "source", "origin", "dataset"};
    std::set<std::string> known(out.begin(), out.end());
    for (const Hit& hit : hits) {
        for (const auto& [name, value] : hit.fields) {
            if (known.insert(name).second) out.push_back(name);
        }
    }
    out.emplace_back("raw");
    return out;
}

}  // namespace

void append_csv(std::string& out, const std::vector<Hit>& hits,
                const std::vector<std::string>& fields) {
    const std::vector<std::string> names = fields.empty() ? all_fields(hits) : fields;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) out += ',';
        append_csv_value(out, names[i]);
    }
    out += "\r\n";
    for (const Hit& hit : hits) {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (i > 0) out += ',';
            append_csv_value(out, hit.field(names[i]));
        }
        out += "\r\n";
    }
}

}  // namespace vedette::rule::search
