// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "detect/sigma/correlation_plan.h"
#include "detect/sigma/hit.h"
#include "event/batch.h"
#include "rule/sigma/logsource.h"
#include "rule/sigma/matcher.h"

namespace vedette::detect::sigma {

/// Takes from a row what correlations need of it. A field is looked for under its own name, then
/// under the name that the log source gives it where the event came by that way (logsource.h), as
/// the rule's own tests do. Threads: one at a time.
class HitReader {
  public:
    HitReader(const CorrelationPlan& plan, const std::vector<rule::sigma::Rule>& rules,
              const rule::sigma::LogSourceMap& sources, event::FieldDictionary& fields);

    HitRecord read(const event::Batch& batch, const rule::sigma::Matcher::Hit& hit) const;

  private:
    struct Name {
        std::string text;
        event::FieldId field = event::kNoField;  // none: in the overflow map only
    };
    struct Field {
        Name own, alias;  // the alias may be empty
    };
    static std::vector<std::string> values_of(const event::Batch& batch, std::uint32_t row,
                                              const Name& name);

    // By rule, way and place in the plan's fields; rules that no correlation uses have none.
    std::vector<std::vector<std::vector<Field>>> fields_;
};

}  // namespace vedette::detect::sigma
