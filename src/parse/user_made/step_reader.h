// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "parse/user_made/definition.h"

namespace vedette::parse::user_made {

/// Reads `steps`: a list of mappings with one key each. A mapping of several fields becomes as many
/// steps.   Errors: bad_input, limit.
base::Result<std::vector<Step>> read_steps(const event::YamlNode& node, const NodeReader& read);

/// The conversion of a name, and all names.
std::vector<std::string> conversion_names();

}  // namespace vedette::parse::user_made
