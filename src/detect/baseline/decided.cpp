// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/decided.h"

#include "base/check.h"

namespace vedette::detect::baseline {

Seen decided_by(const std::vector<Seen>& seen) {
    VD_CHECK(!seen.empty());
    // The share of one with half an observation more: what was never seen is told apart as well.
    const auto share = [](const Seen& one) { return (one.count + 0.5) / (one.total + 1); };
    const Seen* rarest = &seen.front();
    for (const Seen& one : seen) {
        if (share(one) < share(*rarest)) rarest = &one;
    }
    return *rarest;
}

}  // namespace vedette::detect::baseline
