// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"
#include "rule/sigma/rule_files.h"

namespace vedette::bench {

/// Rule files of a folder, or of a tar archive of SigmaHQ (also compressed), of which the folders
/// rules, rules-emerging-threats and rules-threat-hunting count.
base::Result<rule::sigma::TextFiles> read_rule_pack(const std::string& path);

/// Log-source files of the given paths.
base::Result<rule::sigma::LogSourceMap> read_log_sources(const std::vector<std::string>& paths);

/// The rules whose log source names the product; all if it is empty.
std::vector<rule::sigma::Rule> of_product(std::vector<rule::sigma::Rule> rules,
                                          const std::string& product);

}  // namespace vedette::bench
