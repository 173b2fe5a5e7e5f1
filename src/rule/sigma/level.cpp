// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/level.h"

namespace vedette::rule::sigma {

std::string_view name(Level level) {
    switch (level) {
        case Level::informational: return "informational";
        case Level::low: return "low";
        case Level::medium: return "medium";
        case Level::high: return "high";
        case Level::critical: return "critical";
    }
    return "unknown";
}

}  // namespace vedette::rule::sigma
