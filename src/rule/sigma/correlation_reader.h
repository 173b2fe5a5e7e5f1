// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "rule/sigma/document_reader.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// Reads a `correlation:` document as far as it can be checked alone: what it refers to is found by
/// resolve_correlations().
/// Errors: with file:line:column and what was meant; limit past limits.h; unsupported for what only
/// later versions of Sigma have.
base::Result<Correlation> read_correlation(const DocumentReader& reader);

/// Finds the rules that correlations refer to, by id or name, and orders the correlations so that
/// those that others refer to come first. One whose reference is unknown, ambiguous, circular, too
/// deep or refused itself becomes a refusal. Sets what is silent: a rule or correlation that is
/// referred to raises findings of its own only where a correlation that refers to it has `generate:
/// true`.
void resolve_correlations(LoadedRules& all);

}  // namespace vedette::rule::sigma
