// SPDX-License-Identifier: Apache-2.0
#include "cases/retrospective.h"

#include <algorithm>

namespace vedette::cases {

namespace {

constexpr std::string_view kHistory = "history";

}  // namespace

void mark_retrospective(Finding& finding, std::string_view what) {
    finding.title = "In the history: " + finding.title;
    finding.reasons.push_back({std::string(kHistory),
                               "an event of before " + std::string(what) + " came into force",
                               "looked for once, when it did", 0, std::string(kHistory)});
}

bool is_retrospective(const Finding& finding) {
    return std::any_of(finding.reasons.begin(), finding.reasons.end(), [](const Reason& reason) {
        return reason.feature == kHistory && reason.against == kHistory;
    });
}

}  // namespace vedette::cases
