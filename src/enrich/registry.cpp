// SPDX-License-Identifier: Apache-2.0
#include "enrich/registry.h"

#include <algorithm>

namespace vedette::enrich {

Enrichment::Enrichment(const EnrichmentData& data, event::FieldDictionary& fields) {
    Registry registry;
    register_all(registry);
    std::vector<EnricherKind> kinds = registry.kinds();
    std::sort(kinds.begin(), kinds.end(),
              [](const EnricherKind& a, const EnricherKind& b) { return a.name < b.name; });
    for (const EnricherKind& kind : kinds) {
        if (auto made = kind.make(data, fields)) enrichers_.push_back(std::move(made));
    }
}

}  // namespace vedette::enrich
