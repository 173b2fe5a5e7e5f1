// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "rule/sigma/document_reader.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// The search identifiers of a rule's `detection` or of a `filter`, and the conditions over them.
struct Detection {
    std::vector<Selection> selections;
    std::vector<Condition> conditions;  ///< any of them
    std::vector<std::string> condition_texts;
};

/// Reads a map of search identifiers with its `condition`; `other_key`, if any, is left out.
/// Errors: with file:line:column; limit past limits.h.
base::Result<Detection> read_detection(const DocumentReader& reader, const YamlNode& map,
                                       const LoadOptions& options, std::string_view other_key = {});

}  // namespace vedette::rule::sigma
