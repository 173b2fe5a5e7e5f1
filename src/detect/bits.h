// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "cases/finding.h"

namespace vedette::detect {

/// Evidence of a rule's finding before anything was measured here: the level taken as odds.
///
/// Sigma defines levels by what a person should do about them, from "expected in huge amounts, for
/// enrichment only" (no evidence) to "certain incident, look at once". As log2 of odds against a
/// harmless event that is 0, 1 (2:1), 3 (8:1), 6 (64:1) and 9 (512:1) bits. It is a prior: a rule's
/// own rate at a place, and verdicts, are to correct it. Source: Sigma rules specification 2.1.0,
/// "Level"
double prior_bits(cases::Severity level);

/// A finding's bits dealt to its lines as evenly as sixteenths of a bit allow, the first lines
/// getting what is left over. Sixteenths are exact in binary and in four decimals, so lines add up
/// exactly wherever they are shown. No lines: empty.
std::vector<double> split_bits(double bits, std::size_t line_count);

}  // namespace vedette::detect
