// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cases/finding.h"
#include "correlate/open_incident.h"

namespace vedette::correlate {

/// Who and where, as the end of a title: ": root on web-1 from 203.0.113.9", " on web-1", or empty.
std::string place_of(const cases::Finding& finding);

/// "Password guessing: root on web-1, then Login after guessing, and 3 more": the strongest rule
/// with its place, the strongest other one before or after it, and how many rules there are
/// besides.
std::string title_of(const Strongest& strongest, const std::vector<RuleSeen>& rules,
                     std::uint64_t finding_count);

/// At most `size_bytes_max` bytes, cut between characters, with "..." where something is missing.
std::string cut_text(std::string_view text, std::size_t size_bytes_max);

}  // namespace vedette::correlate
