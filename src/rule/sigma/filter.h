// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "rule/sigma/document_reader.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// Reads a `filter:` document: rules (ids or names; `any` or left out: every rule), search
/// identifiers and a condition.
/// Errors: with file:line:column; limit past limits.h.
base::Result<Filter> read_filter(const DocumentReader& reader, const LoadOptions& options);

/// Adds the filters of a set to the rules that they name, if all that a filter's `logsource` says
/// is said by the rule's too: the filter's search identifiers under names of their own, and what it
/// says to the rule's conditions. So every engine that knows rules knows filters.
///
/// A filter is there to suppress matches (the specification's own words and example: `condition:
/// selection` leaves out what the selection meets). Tools in use read it the other way round, as
/// what must hold besides: `condition: not selection`. Both are understood: a condition that is a
/// `not`, or an `and` of nothing but `not`, says what is kept; any other says what is left out.
/// A filter that names a rule which is not there, or has another log source, is told of as a
/// refusal and works for the others.
/// Source: Sigma filters specification 2.1.0
void apply_filters(LoadedRules& all);

}  // namespace vedette::rule::sigma
