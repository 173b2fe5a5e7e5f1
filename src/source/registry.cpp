// SPDX-License-Identifier: Apache-2.0
#include "source/registry.h"

namespace vedette::source {

const SourceKind* Registry::find(std::string_view name) const {
    for (const SourceKind& kind : kinds_) {
        if (kind.name == name) return &kind;
    }
    return nullptr;
}

}  // namespace vedette::source
