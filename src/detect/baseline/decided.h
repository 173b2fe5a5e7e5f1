// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "rule/analytic/analytic.h"

namespace vedette::detect::baseline {

/// Somebody's past as far as it has to do with one value: how often the value was there, of how
/// many. Both are decayed.
struct Seen {
    rule::analytic::Against against = rule::analytic::Against::self;
    double count = 0, total = 0;
};

/// Whose past makes a value as rare as it is: the one beside whose observations it is rarest. Who
/// was hardly ever seen says little, however new the value is to it: 0 of 20 is nothing beside 0 of
/// 100,000. The first of `seen`, which is not empty, where several say the same.
Seen decided_by(const std::vector<Seen>& seen);

}  // namespace vedette::detect::baseline
