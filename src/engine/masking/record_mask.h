// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::engine::masking {

/// A value that must not be in a record, and what stands there instead.
struct Secret {
    std::string value, mask;
};

/// A stretch of a record that is one of the secrets.
struct Occurrence {
    std::size_t begin = 0, end = 0, secret = 0;
};

/// Every place of a record where a secret stands: as it is, in letters of either case, or with any
/// of its characters escaped as in JSON and C (\n, \u0061, \x61), XML (&amp;, &#97;), URLs (%61, +)
/// or CSV (""). In the order of where they begin; they do not overlap: those that did are one.
///
/// Not found on purpose, because the record would be no record any more:
///  - a value shorter than kShortBytes within a longer word: it must stand between blanks, quotes,
///    brackets, `=`, `,`, `;`, `<`, `>`, `|` or the record's ends;
///  - a value that begins or ends with a digit, where a further letter or digit follows there: 1000
///    is not in 10001;
///  - a word of the names of ECS (`user`, `name`, `source`) where it is the name of a value: before
///    `:` or `=`, or behind `<` or `</`.
/// Nothing if it would take too long: a hostile record can have a million places that begin like a
/// long value. Cost: one pass per secret, and one for each kind of escape that the record has.
std::optional<std::vector<Occurrence>> find_secrets(std::string_view record,
                                                    const std::vector<Secret>& secrets);

/// The record with the masks in these places.
std::string replaced(std::string_view record, const std::vector<Occurrence>& places,
                     const std::vector<Secret>& secrets);

}  // namespace vedette::engine::masking
