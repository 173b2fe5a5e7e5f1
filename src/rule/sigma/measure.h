// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// The number that a text is: decimal, with sign, fraction and exponent. Nothing for other texts
/// (hexadecimal, infinity, blanks around it).
std::optional<long double> number_in(std::string_view text);

/// A part of the date that a text begins with ("2026-11-22", "2026-11-22T16:03:00.1Z", a blank for
/// the T), as written: no zone is applied. Weeks are those of ISO 8601, 1 to 53.
/// Nothing for other texts, and for hours and minutes of a bare date.
/// Source: Sigma modifiers appendix 2.1.0, "Time Modifiers"
std::optional<int> time_part_in(std::string_view text, TimePart part);

/// Whether a value meets a number test.
bool meets(const NumberTest& test, std::string_view text);

}  // namespace vedette::rule::sigma
