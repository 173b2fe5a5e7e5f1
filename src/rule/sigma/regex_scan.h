// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "rule/sigma/regex.h"

namespace vedette::rule::sigma {

// How expressions of rules are looked for by Vectorscan, which knows neither UTF-8 that may be
// broken nor where one value of a column ends. Values are squeezed and put one to a line; then
// whatever the rule's own engine finds in a value, Vectorscan finds in its line, and what it finds
// beyond that is told apart by asking the rule's engine.

/// An expression that may be looked for.
struct Scannable {
    std::size_t size;      ///< in characters, repetitions written out
    bool stays_in_a_line;  ///< nothing in it is a line feed
};

/// How an expression may be looked for, if every match of it is also one of Vectorscan's on the
/// squeezed value; nothing if it is not sure to be, or past kScannedRegexSizeMax. Only what is
/// known to mean the same in both is let through: characters of ASCII, classes, groups,
/// repetitions, the anchors ^ $ \b \B, the flags i and s. One that stays in a line means exactly
/// the same on values of one line of ASCII: there it need not be asked again.
std::optional<Scannable> scannable(const Regex& regex);

/// How it is written for Vectorscan: sub-modifiers go inside.
std::string scan_text(const Regex& regex);

/// Appends a value with every character beyond ASCII as one byte 0xFF, which is no letter, no digit
/// and no space, as in the rule's engine. False, and nothing appended, for values on which the two
/// may differ: those with U+017F or U+212A, which are s and k when case is ignored, and those with
/// a vertical tab or a last line feed, which the rule's engines see differently themselves.
/// `is_simple`: one line of ASCII.
bool append_squeezed(std::string_view value, std::string& out, bool& is_simple);

}  // namespace vedette::rule::sigma
