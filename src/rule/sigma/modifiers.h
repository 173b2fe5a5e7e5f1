// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/yaml.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

using event::YamlNode;

/// Every modifier of Sigma specification 2.1 (with pySigma's long names of i, m and s).
enum class Modifier : std::uint8_t {
    all,
    base64,
    base64offset,
    cased,
    cidr,
    contains,
    day,
    endswith,
    exists,
    expand,
    fieldref,
    gt,
    gte,
    hour,
    ignorecase,
    lt,
    lte,
    minute,
    month,
    multiline,
    dotall,
    neq,
    re,
    startswith,
    utf16,
    utf16be,
    utf16le,
    week,
    windash,
    year
};

/// Reads the modifiers behind a field's name ("contains|all").
/// Errors: bad_input with a hint for one that does not exist or does not go with those before it.
base::Result<std::vector<Modifier>> parse_modifiers(std::string_view text);

/// Turns one written value into what is asked, applying the modifiers in their order.
/// Errors: bad_input for a value of the wrong kind, unsupported for a placeholder without values,
/// limit past limits.h; `where` is empty.
base::Result<RuleValue> make_value(const YamlNode& node, const std::vector<Modifier>& modifiers,
                                   bool is_keyword, const LoadOptions& options);

/// The modifier or name nearest to `word`, for hints; empty if none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& names);

}  // namespace vedette::rule::sigma
