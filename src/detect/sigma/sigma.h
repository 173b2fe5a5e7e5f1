// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "detect/detector.h"
#include "event/field.h"
#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"

namespace vedette::detect::sigma {

/// The detector of rules that somebody chose, outside of a rule set: says of an event what the
/// detector of a whole set would say by these rules, under the same ids.
/// `rules`: resolved, as load_rule_set gives them.   Errors: those of compiling.
base::Result<std::unique_ptr<Detector>> make_detector(rule::sigma::LoadedRules rules,
                                                      const rule::sigma::LogSourceMap& sources,
                                                      event::FieldDictionary& fields);

}  // namespace vedette::detect::sigma
