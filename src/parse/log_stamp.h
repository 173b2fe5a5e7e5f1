// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "parse/line_time.h"

namespace vedette::parse {

/// Eats the time that a program's own log begins its lines with, as libraries for logging write it:
/// "2026-11-22 18:01:47,978", "2026-11-22T18:01:47.978Z", "2026/11/22 18:01:47", "26/11/22
/// 18:01:47" (year first), "20261122 180147", "261122 180147" and, without a year,
/// "11-22 18:01:47.978"; each perhaps in square brackets, with up to nine decimals after "." or
/// "," and a zone behind it ("Z", "+0200", " +02:00", " UTC"; other abbreviations name several
/// zones and are eaten for what the envelope says).
/// Nothing, and eats nothing, if the text begins otherwise.   Cost: a few dozen bytes, no
/// allocation.
std::optional<base::Timestamp> read_log_stamp(std::string_view& rest, const TimeHints& hints);

/// Whether a line begins with such a time.
bool begins_with_log_stamp(std::string_view line);

}  // namespace vedette::parse
