// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cases/finding.h"

namespace vedette::cases {

/// Marks a finding that was made of the history, once, because the rule or indicator that it is by
/// came later than its events: in its title, and as a reason of no bits. `what`: "the rule".
/// A reason and no member, so that records, reports and exports carry it as they are.
void mark_retrospective(Finding& finding, std::string_view what);

/// Whether it is so marked.
bool is_retrospective(const Finding& finding);

}  // namespace vedette::cases
