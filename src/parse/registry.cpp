// SPDX-License-Identifier: Apache-2.0
#include "parse/registry.h"

#include "base/check.h"

namespace vedette::parse {

void Registry::add(Format format) {
    VD_CHECK(find(format.declaration.name) == nullptr);
    formats_.push_back(std::move(format));
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
