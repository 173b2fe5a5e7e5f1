// SPDX-License-Identifier: Apache-2.0
#include "source/source.h"

namespace vedette::source {

std::optional<std::string> SourceSettings::get(const std::string& key) const {
    const auto found = values.find(key);
    if (found == values.end()) return std::nullopt;
    return found->second;
}

std::vector<std::string> SourceSettings::all(const std::string& key) const {
    std::vector<std::string> out;
    const auto [begin, end] = values.equal_range(key);
    for (auto it = begin; it != end; ++it) out.push_back(it->second);
    return out;
}

}  // namespace vedette::source
