// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "cases/finding.h"
#include "rule/sigma/rule.h"

namespace vedette::detect::sigma {

inline constexpr std::string_view kDetectorName = "sigma";
inline constexpr std::uint32_t kDetectorVersion = 1;

/// A rule's part of every finding: detector, rule, title, severity, ATT&CK ids.
cases::Finding finding_of(const rule::sigma::Rule& rule);

/// The same of a resolved correlation.
cases::Finding finding_of(const rule::sigma::Correlation& correlation);

}  // namespace vedette::detect::sigma
