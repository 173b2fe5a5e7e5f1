// SPDX-License-Identifier: Apache-2.0
#include "parse/registry.h"

#include <algorithm>

#include "base/check.h"

namespace vedette::parse {

void Registry::add(Format format) {
    VD_CHECK(find(format.declaration.name) == nullptr);
    formats_.push_back(std::move(format));
}

void Registry::add(Mapping mapping) {
    const auto behind = [&](const Mapping& other) { return mapping.name < other.name; };
    const auto at = std::find_if(mappings_.begin(), mappings_.end(), behind);
    mappings_.insert(at, std::move(mapping));
}

const Format* Registry::find(std::string_view name) const {
    for (const Format& format : formats_) {
        if (format.declaration.name == name) return &format;
    }
    return nullptr;
}

event::FormatDeclarations Registry::declarations() const {
    event::FormatDeclarations out;
    for (const Format& format : formats_) out.push_back(format.declaration);
    return out;
}

}  // namespace vedette::parse
