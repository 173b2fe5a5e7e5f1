// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// A piece of a value with placeholders: either the one text between two of them, or a
/// placeholder's configured values.
struct PlaceholderPart {
    bool is_placeholder = false;
    std::vector<std::string> values;
};

/// Cuts "srv-%Servers%-\%x" at its placeholders (%name%, name of letters, digits and underscores);
/// `\%` is a plain percent sign.   Errors: unsupported for a placeholder that has no values.
/// Source: Sigma rules specification, "Placeholders"
base::Result<std::vector<PlaceholderPart>> cut_placeholders(std::string_view text,
                                                            const LoadOptions& options);

enum class PlaceholderQuoting { none, regex };

/// Every text that the placeholders' values give; values put into an expression are quoted.
/// Errors: as above, and limit past kFormsPerValueMax.
base::Result<std::vector<std::string>> fill_placeholders(std::string_view text,
                                                         const LoadOptions& options,
                                                         PlaceholderQuoting quoting);

}  // namespace vedette::rule::sigma
