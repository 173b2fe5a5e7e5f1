// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "rule/sigma/rule.h"
#include "rule/sigma/rule_files.h"

namespace vedette::rule::sigma {

/// The rules of many files as one set: ordered by id, each id once. Of two documents with one id
/// the first by path counts, the other is a refusal that names it. The order of `files` has no
/// effect. Filters are added to the rules that they name (filter.h), correlations are resolved
/// (correlation_reader.h). How many were read and why others were not: sizes and texts of the two
/// lists.
LoadedRules load_rule_set(const TextFiles& files, const LoadOptions& options = {});

/// The same with another way to load one file.
using LoadFile = std::function<LoadedRules(std::string_view path, std::string_view text)>;
LoadedRules load_rule_set(const TextFiles& files, const LoadFile& load);

}  // namespace vedette::rule::sigma
