// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/rules/chosen_rules.h"
#include "rule/sigma/lint.h"

namespace vedette::engine {

/// One line of `vedette rules check`.
struct CheckedLine {
    enum class Weight : std::uint8_t {
        warning,  ///< it loads, and is hardly what was meant
        wrong,    ///< it does not load
    };
    Weight weight = Weight::warning;
    rule::sigma::Remark remark;
};

struct CheckedRules {
    std::size_t files = 0, rules = 0, wrong = 0, warnings = 0;
    std::vector<CheckedLine> lines;  ///< in the order of places
};

/// Looks at rule files as the server would load them, and at what loads and is most likely not
/// meant (rule/sigma/lint.h). `known`: the rules that are there already, whose field names are
/// known to be good, and their log sources. `coverage`: what has come so far, against which fields
/// are held; nothing: no server has run.
/// Errors: paths that cannot be read.
base::Result<CheckedRules> check_rule_files(const std::vector<std::string>& paths,
                                            const ChosenRules& known,
                                            const std::optional<Coverage>& coverage);

std::string to_json(const CheckedLine& line);

}  // namespace vedette::engine
